// SPDX-License-Identifier: Apache-2.0

// What the EKS API server's webhook says of tokens: aws-iam-authenticator's own verifier.
//
// Reads one JSON object a line, {"token", "clusterId", "partition", "region"}, and answers each
// with a line: {"identity": …} or {"error": "…"}.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"sigs.k8s.io/aws-iam-authenticator/pkg/token"
)

type question struct {
	Token, ClusterID, Partition, Region string
}

type answer struct {
	Identity *token.Identity `json:"identity,omitempty"`
	Error    string          `json:"error,omitempty"`
}

func main() {
	sts := flag.String("sts", "", "address that is dialled for every STS host")
	ca := flag.String("ca", "", "PEM file, the only CA trusted")
	flag.Parse()
	if err := redirectDefaultTransport(*sts, *ca); err != nil {
		log.Fatal(err)
	}
	if err := verifyAll(os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// The verifier has no setting for its HTTP client, which uses the default transport. Only dialling
// and trust change here: host names, SNI and the request stay the verifier's own.
func redirectDefaultTransport(address, ca string) error {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return errors.New(ca + ": no certificate")
	}
	transport := http.DefaultTransport.(*http.Transport)
	transport.Proxy = nil
	transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return nil
}

func verifyAll(in io.Reader, out io.Writer) error {
	questions, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var q question
		if err := questions.Decode(&q); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		var a answer
		identity, err := token.NewVerifier(q.ClusterID, q.Partition, q.Region).Verify(q.Token)
		if err != nil {
			a.Error = err.Error()
		} else {
			a.Identity = identity
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}
