// SPDX-License-Identifier: Apache-2.0

// A plugin in Go: client-go reads what the host asks, and writes the answer.
//
// Its token is the cluster as client-go understood it: server, and config behind a "|".
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"

	clientauthenticationv1 "k8s.io/client-go/pkg/apis/clientauthentication/v1"
	clientauthenticationv1beta1 "k8s.io/client-go/pkg/apis/clientauthentication/v1beta1"
	"k8s.io/client-go/tools/auth/exec"
)

func main() {
	object, config, err := exec.LoadExecCredentialFromEnv()
	if err != nil {
		log.Fatal(err)
	}
	switch credential := object.(type) {
	case *clientauthenticationv1.ExecCredential:
		credential.Status = &clientauthenticationv1.ExecCredentialStatus{
			Token: config.Host + "|" + string(credential.Spec.Cluster.Config.Raw)}
	case *clientauthenticationv1beta1.ExecCredential:
		credential.Status = &clientauthenticationv1beta1.ExecCredentialStatus{
			Token: config.Host + "|" + string(credential.Spec.Cluster.Config.Raw)}
	default:
		log.Fatal(fmt.Errorf("%T", object))
	}
	if err := json.NewEncoder(os.Stdout).Encode(object); err != nil {
		log.Fatal(err)
	}
}
