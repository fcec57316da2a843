// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <numeric>
#include <string>

namespace kinora::core {

/// An exact fraction: frame rates (frames per second) and times (seconds). Always in lowest terms with den > 0.
class Rational {
 public:
  constexpr Rational() = default;
  constexpr Rational(std::int64_t num, std::int64_t den = 1) : m_num(num), m_den(den) { normalise(); }

  constexpr std::int64_t num() const { return m_num; }
  constexpr std::int64_t den() const { return m_den; }
  constexpr double toDouble() const { return static_cast<double>(m_num) / static_cast<double>(m_den); }
  constexpr bool isZero() const { return m_num == 0; }
  constexpr bool isPositive() const { return m_num > 0; }
  /// "24/1"
  std::string toString() const { return std::to_string(m_num) + "/" + std::to_string(m_den); }
  /// Largest integer not above the value.
  constexpr std::int64_t floor() const { return m_num >= 0 ? m_num / m_den : -((-m_num + m_den - 1) / m_den); }
  /// Nearest integer, halves up.
  constexpr std::int64_t round() const { return (*this + Rational(1, 2)).floor(); }

  constexpr bool operator==(const Rational&) const = default;
  constexpr bool operator<(const Rational& o) const { return m_num * o.m_den < o.m_num * m_den; }
  constexpr bool operator<=(const Rational& o) const { return !(o < *this); }
  constexpr bool operator>(const Rational& o) const { return o < *this; }
  constexpr bool operator>=(const Rational& o) const { return !(*this < o); }

  constexpr Rational operator+(const Rational& o) const { return {m_num * o.m_den + o.m_num * m_den, m_den * o.m_den}; }
  constexpr Rational operator-(const Rational& o) const { return {m_num * o.m_den - o.m_num * m_den, m_den * o.m_den}; }
  constexpr Rational operator*(const Rational& o) const { return {m_num * o.m_num, m_den * o.m_den}; }
  /// A zero divisor yields zero: a rate of nothing plays nothing.
  constexpr Rational operator/(const Rational& o) const {
    return o.m_num == 0 ? Rational() : Rational{m_num * o.m_den, m_den * o.m_num};
  }

 private:
  constexpr void normalise() {
    if (m_den == 0) {
      m_num = 0;
      m_den = 1;
      return;
    }
    if (m_den < 0) {
      m_num = -m_num;
      m_den = -m_den;
    }
    const std::int64_t g = std::gcd(m_num, m_den);
    if (g > 1) {
      m_num /= g;
      m_den /= g;
    }
  }
  std::int64_t m_num = 0;
  std::int64_t m_den = 1;
};

}  // namespace kinora::core
