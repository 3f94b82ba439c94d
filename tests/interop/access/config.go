// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/tools/clientcmd/api/latest"
	clientcmdv1 "k8s.io/client-go/tools/clientcmd/api/v1"
)

const (
	execExtension           = "client.authentication.k8s.io/exec"
	additionalArgsExtension = "clusterprofiles.multicluster.x-k8s.io/exec/additional-args"
	additionalEnvsExtension = "clusterprofiles.multicluster.x-k8s.io/exec/additional-envs"
)

type provider struct {
	Name       string          `json:"name"`
	Exec       *api.ExecConfig `json:"execConfig"`
	ArgsPolicy string          `json:"profileSourcedCLIArgsPolicy"`
	EnvsPolicy string          `json:"profileSourcedEnvVarsPolicy"`
}

type accessProvider struct {
	Name    string              `json:"name"`
	Cluster clientcmdv1.Cluster `json:"cluster"`
}

type clusterProfile struct {
	metav1.ObjectMeta `json:"metadata"`
	Status            struct {
		CredentialProviders []accessProvider `json:"credentialProviders"`
		AccessProviders     []accessProvider `json:"accessProviders"`
	} `json:"status"`
}

// As a controller that has the provider file from its flags and the profile from the API server.
func restConfig(providersPath, profilePath string) (*rest.Config, error) {
	text, err := os.ReadFile(providersPath)
	if err != nil {
		return nil, fmt.Errorf("failed to read access config file: %w", err)
	}
	var file struct {
		Providers []provider `json:"providers"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("failed to unmarshal access providers: %w", err)
	}
	if text, err = os.ReadFile(profilePath); err != nil {
		return nil, err
	}
	var profile clusterProfile
	if err := utiljson.Unmarshal(text, &profile); err != nil {
		return nil, err
	}
	chosen, cluster := match(file.Providers, profile)
	if chosen == nil {
		return nil, fmt.Errorf("no matching cluster accessor found for cluster profile %q", profile.Name)
	}
	if chosen.Exec == nil {
		return nil, fmt.Errorf("no exec config found for provider %q", chosen.Name)
	}
	return chosen.reach(cluster)
}

// The first provider of the file that the profile names.
func match(providers []provider, profile clusterProfile) (*provider, clientcmdv1.Cluster) {
	clusters := map[string]clientcmdv1.Cluster{}
	for _, access := range slices.Concat(profile.Status.CredentialProviders, profile.Status.AccessProviders) {
		clusters[access.Name] = access.Cluster
	}
	for i := range providers {
		if cluster, ok := clusters[providers[i].Name]; ok {
			return &providers[i], cluster
		}
	}
	return nil, clientcmdv1.Cluster{}
}

func (p *provider) reach(cluster clientcmdv1.Cluster) (*rest.Config, error) {
	exec := *p.Exec
	exec.InstallHint = ""
	exec.InteractiveMode = api.NeverExecInteractiveMode
	for _, extension := range cluster.Extensions {
		if err := p.extend(&exec, extension); err != nil {
			return nil, err
		}
	}
	internal := api.NewCluster()
	if err := latest.Scheme.Convert(&cluster, internal, nil); err != nil {
		return nil, fmt.Errorf("failed to convert v1 Cluster to internal: %w", err)
	}
	exec.Config = internal.Extensions[execExtension]
	return &rest.Config{
		Host:            cluster.Server,
		TLSClientConfig: rest.TLSClientConfig{CAData: cluster.CertificateAuthorityData},
		Proxy: func(*http.Request) (*url.URL, error) {
			if cluster.ProxyURL == "" {
				return nil, nil
			}
			return url.Parse(cluster.ProxyURL)
		},
		ExecProvider: &exec,
	}, nil
}

func (p *provider) extend(exec *api.ExecConfig, extension clientcmdv1.NamedExtension) error {
	switch extension.Name {
	case additionalArgsExtension:
		switch p.ArgsPolicy {
		case "", "Ignore":
			return nil
		case "Append":
			var more []string
			if err := yaml.Unmarshal(extension.Extension.Raw, &more); err != nil {
				return fmt.Errorf("failed to unmarshal additional CLI args extension: %w", err)
			}
			exec.Args = slices.Concat(exec.Args, more)
			return nil
		}
		return fmt.Errorf("unsupported ProfileSourcedCLIArgsPolicy: %q", p.ArgsPolicy)
	case additionalEnvsExtension:
		switch p.EnvsPolicy {
		case "", "Ignore":
			return nil
		case "AppendIfNotExists", "Replace":
			var more map[string]string
			if err := yaml.Unmarshal(extension.Extension.Raw, &more); err != nil {
				return fmt.Errorf("failed to unmarshal additional env vars extension: %w", err)
			}
			exec.Env = merge(exec.Env, more, p.EnvsPolicy == "Replace")
			return nil
		}
		return fmt.Errorf("unsupported ProfileSourcedEnvVarsPolicy: %q", p.EnvsPolicy)
	}
	return nil
}

func merge(configured []api.ExecEnvVar, more map[string]string, replace bool) []api.ExecEnvVar {
	merged := map[string]string{}
	for _, variable := range configured {
		merged[variable.Name] = variable.Value
	}
	for name, value := range more {
		if _, exists := merged[name]; replace || !exists {
			merged[name] = value
		}
	}
	var variables []api.ExecEnvVar
	for _, name := range slices.Sorted(maps.Keys(merged)) {
		variables = append(variables, api.ExecEnvVar{Name: name, Value: merged[name]})
	}
	return variables
}
