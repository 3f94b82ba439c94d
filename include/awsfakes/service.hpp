// SPDX-License-Identifier: Apache-2.0
// What all fakes have in common: a test says what they answer, and sees what they were asked.
#pragma once

#include <awsfakes/keys.hpp>
#include <awsfakes/request.hpp>
#include <awsfakes/sigv4.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace awsfakes {

/// An answer with a JSON object.
inline http_answer json_answer(const boost::json::object& content, int status = 200) {
    return {.status = status, .body = boost::json::serialize(content), .content_type = "application/json"};
}

/// A service that gives `Good`. Every member may be called while it serves.
template <class Good>
class service {
public:
    /// What it can be told to answer.
    using answer = std::variant<Good, refusal, http_answer, cut_connection>;

    /// From now on. A `Good` is for the operation that asks for it; anything else answers whatever is asked.
    void give(answer one) {
        const std::lock_guard hold(mutex_);
        standing_ = std::move(one);
    }
    /// `give` of a refusal.
    void refuse(std::string code, std::string message, int status = 403) { give(refusal{std::move(code), std::move(message), status}); }
    /// For the next request alone, or the next one for that operation; several wait in line.
    void give_next(answer one, std::string operation = "") {
        const std::lock_guard hold(mutex_);
        waiting_.push_back({std::move(operation), std::move(one)});
    }

    /// Those that were answered, and those that were cut instead.
    std::vector<request> requests() const {
        const std::lock_guard hold(mutex_);
        return seen_;
    }

protected:
    service() = default;
    ~service() = default;
    service(const service&) = delete;
    service& operator=(const service&) = delete;

    /// Empty where there is no such operation.
    virtual std::string operation_of(const request& asked) const = 0;
    /// Whether this operation gives a `Good`.
    virtual bool gives(std::string_view operation) const = 0;
    /// `good` is null where the operation gives none, or a test gave none.
    virtual std::variant<http_answer, refusal> serve(const request& asked, const Good* good) = 0;
    /// A refusal in the service's own format.
    virtual http_answer worded(const refusal& why, const request& asked) const = 0;

    /// The handler of its server.
    std::optional<http_answer> answer_to(request asked) {
        asked.operation = operation_of(asked);
        const std::optional<answer> planned = take(asked.operation);
        std::variant<http_answer, refusal> out;
        if (planned && std::holds_alternative<cut_connection>(*planned)) {
            keep(std::move(asked));
            return std::nullopt;
        }
        if (planned && std::holds_alternative<http_answer>(*planned)) out = std::get<http_answer>(*planned);
        else if (planned && std::holds_alternative<refusal>(*planned)) out = std::get<refusal>(*planned);
        else out = serve(asked, planned ? &std::get<Good>(*planned) : nullptr);

        const auto* const refused = std::get_if<refusal>(&out);
        if (refused != nullptr) asked.refusal = refused->code + ": " + refused->message;
        http_answer reply = refused != nullptr ? worded(*refused, asked) : std::get<http_answer>(std::move(out));
        asked.status = reply.status;
        keep(std::move(asked));
        return reply;
    }

    /// Whether a `Good` would be there for the operation that gives it.
    bool can_give() const {
        const std::lock_guard hold(mutex_);
        const auto is_good = [](const planned_answer& one) { return std::holds_alternative<Good>(one.what); };
        return (standing_ && std::holds_alternative<Good>(*standing_)) || std::any_of(waiting_.begin(), waiting_.end(), is_good);
    }

private:
    struct planned_answer {
        std::string operation;
        answer what;
    };

    std::optional<answer> take(const std::string& operation) {
        const std::lock_guard hold(mutex_);
        const auto fits = [&](const answer& one) { return !std::holds_alternative<Good>(one) || gives(operation); };
        const auto next = std::find_if(waiting_.begin(), waiting_.end(), [&](const planned_answer& one) {
            return (one.operation.empty() || one.operation == operation) && fits(one.what);
        });
        if (next == waiting_.end()) return standing_ && fits(*standing_) ? standing_ : std::nullopt;
        answer out = std::move(next->what);
        waiting_.erase(next);
        return out;
    }
    void keep(request asked) {
        const std::lock_guard hold(mutex_);
        seen_.push_back(std::move(asked));
    }

    mutable std::mutex mutex_;
    std::optional<answer> standing_ = {};
    std::list<planned_answer> waiting_ = {};
    std::vector<request> seen_ = {};
};

/// The keys that AWS knows in a test, by which signatures are checked.
class known_keys {
public:
    /// From now on its signatures are good.
    void add(const keys& one) {
        const std::lock_guard hold(mutex_);
        all_[one.access_key_id] = one;
    }
    /// Nothing where nobody has that id.
    std::optional<keys> find(const std::string& access_key_id) const {
        const std::lock_guard hold(mutex_);
        const auto found = all_.find(access_key_id);
        return found == all_.end() ? std::nullopt : std::optional(found->second);
    }
    /// In the order of their ids.
    std::vector<keys> all() const {
        const std::lock_guard hold(mutex_);
        std::vector<keys> out;
        for (const auto& [id, one] : all_) out.push_back(one);
        return out;
    }
    /// As the function of that name, by whichever key the request names.
    signature_check check_signature(const request& asked, std::string_view service, std::chrono::sys_seconds at) const {
        if (!asked.signature) return {signature_fault::missing, "the request has no signature AWS4-HMAC-SHA256"};
        const auto signer = find(asked.signature->access_key_id);
        if (!signer) return {signature_fault::unknown_key, "the access key id " + asked.signature->access_key_id + " is unknown"};
        return awsfakes::check_signature(asked, *signer, service, at);
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, keys> all_ = {};
};

}  // namespace awsfakes
