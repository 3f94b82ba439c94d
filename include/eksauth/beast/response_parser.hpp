// SPDX-License-Identifier: Apache-2.0
// The bytes of HTTP/1.1 as a response.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/beast/request_text.hpp>
#include <eksauth/http.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <string.h>  // explicit_bzero

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace eksauth::detail {

inline constexpr std::uint32_t header_limit_bytes = 16384;

/// Reads into an `http_response` without any container of Beast's in between, since those don't wipe.
///
/// Refused beyond what Beast refuses (a message with both Content-Length and Transfer-Encoding among it): any Content-Encoding
/// but `identity`, since none was asked for, and any Transfer-Encoding but `chunked`. Trailers are read and dropped.
class response_parser final : public boost::beast::http::basic_parser<false> {
public:
    /// `head_only`: the answer to CONNECT, after whose head the tunnel begins.
    response_parser(std::size_t body_limit_bytes, bool head_only) : body_limit_(body_limit_bytes) {
        eager(true);
        skip(head_only);
        header_limit(header_limit_bytes);
        body_limit(std::uint64_t{body_limit_bytes});
    }

    http_response take() { return std::move(response_); }
    int status() const { return response_.status; }

    /// The failure that a code of `put` stands for.
    error failure(const boost::system::error_code& ec) const {
        namespace http = boost::beast::http;
        if (ec == http::error::header_limit)
            return error(errc::http_too_large, "the header of the answer is larger than " + std::to_string(header_limit_bytes) + " bytes");
        if (ec == http::error::body_limit || ec == http::error::buffer_overflow)
            return error(errc::http_too_large, "the answer is larger than " + std::to_string(body_limit_) + " bytes");
        if (ec == http::error::partial_message) return error(errc::http_cut, "the connection ended before the answer did");
        return error(errc::http_malformed, "the answer is no HTTP that can be read: " + (fault_.empty() ? ec.message() : fault_));
    }

private:
    using error_code = boost::beast::error_code;
    using text = boost::beast::string_view;
    static std::string_view view(text t) { return {t.data(), t.size()}; }

    void on_request_impl(boost::beast::http::verb, text, text, int, error_code&) override {}
    void on_response_impl(int code, text, int, error_code&) override { response_.status = code; }
    void on_field_impl(boost::beast::http::field name, text name_text, text value, error_code& ec) override {
        if (head_read_) return;
        if (name == boost::beast::http::field::content_encoding && !credbase::same_but_case(view(value), "identity") && !value.empty())
            fault_ = "its body is encoded as " + credbase::quoted(view(value));
        if (name == boost::beast::http::field::transfer_encoding && !credbase::same_but_case(view(value), "chunked"))
            fault_ = "its transfer is encoded as " + credbase::quoted(view(value));
        if (!fault_.empty()) ec = boost::beast::http::error::bad_value;
        response_.headers.push_back({std::string(view(name_text)), credbase::secret_string(view(value))});
    }
    void on_header_impl(error_code&) override { head_read_ = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
        if (length) response_.body.reserve(static_cast<std::size_t>(*length));  // within the limit: checked before
    }
    std::size_t on_body_impl(text part, error_code&) override {
        response_.body.append(view(part));
        return part.size();
    }
    void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, text part, error_code& ec) override { return on_body_impl(part, ec); }
    void on_finish_impl(error_code&) override {}

    http_response response_;
    std::string fault_;
    std::size_t body_limit_;
    bool head_read_ = false;
};

/// Bytes that came and that no parser has taken yet. Wiped at the end.
class inbox {
public:
    inbox() = default;
    ~inbox() { ::explicit_bzero(bytes_.get(), size); }
    inbox(const inbox&) = delete;
    inbox& operator=(const inbox&) = delete;

    boost::asio::mutable_buffer room() { return {bytes_.get() + filled_, size - filled_}; }
    void filled(std::size_t more) {
        filled_ += more;
        got_any_ = true;
    }
    bool empty() const { return filled_ == 0; }
    bool got_any() const { return got_any_; }  ///< even if a parser has taken it since

    /// Gives the parser all that it takes. Error code: what the parser found wrong; `buffer_overflow` where it wants a longer
    /// line than there is room for.
    boost::system::error_code feed(response_parser& parser) {
        namespace http = boost::beast::http;
        boost::system::error_code ec;
        while (filled_ != 0 && !parser.is_done() && !ec) {
            // The last chunk has five bytes at least, which Boost before 1.86 takes for granted where it has seen three.
            if (parser.is_header_done() && parser.chunked() && filled_ < 5) break;
            const std::size_t used = parser.put(boost::asio::const_buffer(bytes_.get(), filled_), ec);
            filled_ -= used;
            std::memmove(bytes_.get(), bytes_.get() + used, filled_);
            if (!ec && used == 0) break;
        }
        if (ec == http::error::need_more) ec = {};
        if (!ec && filled_ == size && !parser.is_done()) ec = http::error::buffer_overflow;
        return ec;
    }

private:
    static constexpr std::size_t size = 2 * header_limit_bytes;  // more than a header can take
    std::unique_ptr<char[]> bytes_ = std::make_unique<char[]>(size);
    std::size_t filled_ = 0;
    bool got_any_ = false;
};

}  // namespace eksauth::detail
