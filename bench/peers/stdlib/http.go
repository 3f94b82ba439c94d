// SPDX-License-Identifier: Apache-2.0

//go:build http

package main

import (
	"net/http"
	"runtime"
)

// Links the client, as in a plugin whose keys may come from a server, and doesn't call it.
func init() { runtime.KeepAlive(http.Get) }
