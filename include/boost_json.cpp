// SPDX-License-Identifier: Apache-2.0
// Boost.JSON, compiled in one place. Whoever copies the headers and has no libboost_json compiles this file into a program once.
#include <boost/json/src.hpp>
