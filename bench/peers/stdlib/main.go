// SPDX-License-Identifier: Apache-2.0

// The plugin's job on Go's standard library alone, with keys from the environment only: what a plugin in Go costs at least.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"
)

type status struct {
	ExpirationTimestamp time.Time `json:"expirationTimestamp"`
	Token               string    `json:"token"`
}

type execCredential struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Spec       struct {
		Cluster struct {
			Config struct {
				Region    string `json:"region"`
				ClusterID string `json:"clusterId"`
			} `json:"config"`
		} `json:"cluster"`
	} `json:"spec"`
	Status *status `json:"status,omitempty"`
}

type keys struct{ id, secret, session string }

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var credential execCredential
	if err := json.Unmarshal([]byte(os.Getenv("KUBERNETES_EXEC_INFO")), &credential); err != nil {
		return fmt.Errorf("KUBERNETES_EXEC_INFO: %w", err)
	}
	config := credential.Spec.Cluster.Config
	if config.Region == "" || config.ClusterID == "" {
		return errors.New("spec.cluster.config wants region and clusterId")
	}
	keys := keys{os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")}
	if keys.id == "" || keys.secret == "" {
		return errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are wanted")
	}
	now := time.Now().UTC().Truncate(time.Second)
	presigned := presign(config.Region, config.ClusterID, keys, now)
	credential.Status = &status{
		ExpirationTimestamp: now.Add(14 * time.Minute),
		Token:               "k8s-aws-v1." + base64.RawURLEncoding.EncodeToString([]byte(presigned)),
	}
	return json.NewEncoder(os.Stdout).Encode(credential)
}

// A GetCallerIdentity of STS, signed with the cluster's name as a header: AWS SigV4, "Authenticating requests: query parameters".
func presign(region, cluster string, keys keys, now time.Time) string {
	moment := now.Format("20060102T150405Z")
	day := moment[:8]
	host := "sts." + region + ".amazonaws.com"
	scope := day + "/" + region + "/sts/aws4_request"

	// In the order that is signed; no value has a space, which would be escaped otherwise.
	query := "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" +
		url.QueryEscape(keys.id+"/"+scope) + "&X-Amz-Date=" + moment + "&X-Amz-Expires=60"
	if keys.session != "" {
		query += "&X-Amz-Security-Token=" + url.QueryEscape(keys.session)
	}
	query += "&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id"

	empty := sha256.Sum256(nil)
	request := sha256.Sum256([]byte("GET\n/\n" + query + "\nhost:" + host + "\nx-k8s-aws-id:" + cluster + "\n\nhost;x-k8s-aws-id\n" +
		hex.EncodeToString(empty[:])))
	key := []byte("AWS4" + keys.secret)
	for _, part := range []string{day, region, "sts", "aws4_request"} {
		key = sign(key, part)
	}
	signature := sign(key, "AWS4-HMAC-SHA256\n"+moment+"\n"+scope+"\n"+hex.EncodeToString(request[:]))
	return "https://" + host + "/?" + query + "&X-Amz-Signature=" + hex.EncodeToString(signature)
}

func sign(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
