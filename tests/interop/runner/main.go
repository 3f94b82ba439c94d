// SPDX-License-Identifier: Apache-2.0

// The plugin's job by others' libraries: cluster-inventory-api's runner reads what the host asks and writes the answer,
// aws-iam-authenticator's generator makes the token.
package main

import (
	"context"
	"encoding/json"
	"errors"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientauth "k8s.io/client-go/pkg/apis/clientauthentication/v1"
	"sigs.k8s.io/aws-iam-authenticator/pkg/token"
	"sigs.k8s.io/cluster-inventory-api/pkg/credentialplugin"
)

type eks struct{}

func (eks) Name() string { return "runner" }

func (eks) GetToken(ctx context.Context, asked clientauth.ExecCredential) (status clientauth.ExecCredentialStatus, err error) {
	var config struct{ Region, ClusterID string }
	if err := json.Unmarshal(asked.Spec.Cluster.Config.Raw, &config); err != nil {
		return status, err
	}
	if config.Region == "" || config.ClusterID == "" {
		return status, errors.New("spec.cluster.config wants region and clusterId")
	}
	generator, err := token.NewGenerator(false, false)
	if err != nil {
		return status, err
	}
	made, err := generator.GetWithOptions(ctx, &token.GetTokenOptions{Region: config.Region, ClusterID: config.ClusterID})
	if err != nil {
		return status, err
	}
	status.Token = made.Token
	status.ExpirationTimestamp = &metav1.Time{Time: made.Expiration}
	return status, nil
}

func main() { credentialplugin.Run(eks{}) }
