// SPDX-License-Identifier: Apache-2.0

// A controller that reaches clusters by cluster-inventory-api's pkg/access and client-go: a provider file, ClusterProfiles, a
// plugin run for each. The provider file is read once.
//
//	access -certificate PEM -key PEM PROVIDER_FILE CLUSTER_PROFILE…
//
// Every server's name leads to a server of this program with that certificate. Answers each profile with a line: what the
// server saw, {"authorization": "…", "certificate": "<PEM>"}, or {"error": "…"}, which a panic is too, as controllers take one.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/cluster-inventory-api/apis/v1alpha1"
	"sigs.k8s.io/cluster-inventory-api/pkg/access"
)

type answer struct {
	Authorization string `json:"authorization,omitempty"`
	Certificate   string `json:"certificate,omitempty"`
	Error         string `json:"error,omitempty"`
}

func main() {
	certificate := flag.String("certificate", "", "of the server")
	key := flag.String("key", "", "of the server")
	flag.Parse()
	if flag.NArg() < 2 {
		log.Fatal("usage: access -certificate PEM -key PEM PROVIDER_FILE CLUSTER_PROFILE…")
	}
	server, err := serve(*certificate, *key)
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	load := sync.OnceValues(func() (*access.Config, error) { return access.NewFromFile(flag.Arg(0)) })
	answers := json.NewEncoder(os.Stdout)
	for _, profile := range flag.Args()[1:] {
		if err := answers.Encode(ask(load, profile, server.Listener.Addr().String())); err != nil {
			log.Fatal(err)
		}
	}
}

// An API server that answers with the credential that it got.
func serve(certificate, key string) (*httptest.Server, error) {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := answer{Authorization: r.Header.Get("Authorization")}
		for _, certificate := range r.TLS.PeerCertificates {
			seen.Certificate += string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))
		}
		if err := json.NewEncoder(w).Encode(seen); err != nil {
			log.Print(err)
		}
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert}
	// A client that refuses the server is what some of the tests want.
	server.Config.ErrorLog = log.New(nothing{}, "", 0)
	server.StartTLS()
	return server, nil
}

type nothing struct{}

func (nothing) Write(text []byte) (int, error) { return len(text), nil }

type loader = func() (*access.Config, error)

func ask(load loader, profile, address string) answer {
	seen, err := request(load, profile, address)
	var failed *url.Error
	if errors.As(err, &failed) { // without the request's method and URL
		err = failed.Err
	}
	if err != nil {
		return answer{Error: strings.TrimPrefix(err.Error(), "getting credentials: ")}
	}
	return seen
}

func request(load loader, profile, address string) (seen answer, err error) {
	config, err := restConfig(load, profile)
	if err != nil {
		return seen, err
	}
	config.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return seen, err
	}
	response, err := client.Get(config.Host + "/version")
	if err != nil {
		return seen, err
	}
	defer response.Body.Close()
	return seen, json.NewDecoder(response.Body).Decode(&seen)
}

// The profile as a client's decoder reads it, which keeps to the case of names.
func restConfig(load loader, path string) (config *rest.Config, err error) {
	providers, err := load()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var profile v1alpha1.ClusterProfile
	if err := utiljson.Unmarshal(text, &profile); err != nil {
		return nil, err
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	return providers.BuildConfigFromCP(&profile)
}
