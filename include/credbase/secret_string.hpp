// SPDX-License-Identifier: Apache-2.0
// Text that must not outlive its use.
#pragma once

#include <string.h>  // explicit_bzero

#include <cstddef>
#include <cstring>
#include <iosfwd>
#include <memory>
#include <string_view>
#include <utility>

namespace credbase {

/// Text that is wiped when destroyed, assigned over or grown, and can't be printed or compared.
///
/// It has a block of its own even when short, since std::string's inner buffer survives a move.
class secret_string {
public:
    secret_string() = default;
    /// A copy of the text, which itself is the caller's to wipe.
    explicit secret_string(std::string_view text) { append(text); }
    /// A copy in a block of its own.
    secret_string(const secret_string& other) : secret_string(other.reveal()) {}
    /// Takes over the block; `other` is empty then.
    secret_string(secret_string&& other) noexcept
        : bytes_(std::move(other.bytes_)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    /// Wipes what was held before.
    secret_string& operator=(secret_string other) noexcept {
        std::swap(bytes_, other.bytes_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }
    ~secret_string() { wipe(); }

    /// Appends; `more` may be a part of this text. Growing wipes the old block.
    secret_string& append(std::string_view more) {
        if (more.empty()) return *this;
        if (more.size() > capacity_ - size_) {
            secret_string grown;
            grown.reserve(size_ + more.size() + size_ / 2);
            grown.append(reveal()).append(more);
            return *this = std::move(grown);
        }
        std::memcpy(bytes_.get() + size_, more.data(), more.size());
        size_ += more.size();
        return *this;
    }
    /// The same for one byte.
    secret_string& append(char one) {
        if (size_ == capacity_) return append(std::string_view(&one, 1));
        bytes_[size_++] = one;
        return *this;
    }

    /// Appends `count` bytes for the caller to write, and gives their place.
    char* extend(std::size_t count) {
        if (count > capacity_ - size_) reserve(size_ + count + size_ / 2);
        return bytes_.get() + std::exchange(size_, size_ + count);
    }

    /// Makes room for `capacity` bytes in all, so that appending up to there doesn't move the text.
    void reserve(std::size_t capacity) {
        if (capacity <= capacity_) return;
        auto grown = std::make_unique_for_overwrite<char[]>(capacity);
        if (size_ != 0) std::memcpy(grown.get(), bytes_.get(), size_);
        wipe();
        bytes_ = std::move(grown);
        capacity_ = capacity;
    }

    /// Takes off what is behind the first `size` bytes, and wipes it.
    void cut(std::size_t size) noexcept {
        if (size >= size_) return;
        ::explicit_bzero(bytes_.get() + size, size_ - size);
        size_ = size;
    }

    /// The one door to the text; valid until the next change of this object.
    std::string_view reveal() const noexcept { return {bytes_.get(), size_}; }
    std::size_t size() const noexcept { return size_; }  ///< in bytes
    bool empty() const noexcept { return size_ == 0; }   ///< as what was never set

    template <class Char, class Traits>
    friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>&, const secret_string&) = delete;
    friend bool operator==(const secret_string&, const secret_string&) = delete;

private:
    void wipe() noexcept {
        if (bytes_) ::explicit_bzero(bytes_.get(), capacity_);
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace credbase
