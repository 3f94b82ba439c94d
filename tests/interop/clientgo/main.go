// SPDX-License-Identifier: Apache-2.0

// A controller that reaches a cluster through an exec plugin: client-go's authenticator, then requests.
//
// Prints {"answers": ["<server version>" or "<error>", …], "pluginExits": {"<exit code>": runs}}.
package main

import (
	"encoding/json"
	"flag"
	"log"
	"os"
	"strconv"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/tools/metrics"
)

type outcome struct {
	Answers     []string       `json:"answers"`
	PluginExits map[string]int `json:"pluginExits"`
}

// Increment counts a run of the plugin, as client-go reports it.
func (o outcome) Increment(exitCode int, _ string) {
	o.PluginExits[strconv.Itoa(exitCode)]++
}

func main() {
	plugin := flag.String("plugin", "", "exec plugin")
	apiVersion := flag.String("api-version", "", "of ExecCredential")
	server := flag.String("server", "", "URL of the API server")
	ca := flag.String("ca", "", "PEM file, the API server's CA")
	extension := flag.String("config", "", "JSON, spec.cluster.config of the plugin")
	requests := flag.Int("requests", 1, "how many")
	flag.Parse()

	result := outcome{PluginExits: map[string]int{}}
	metrics.Register(metrics.RegisterOpts{ExecPluginCalls: result})
	client, err := discovery.NewDiscoveryClientForConfig(&rest.Config{
		Host:            *server,
		TLSClientConfig: rest.TLSClientConfig{CAFile: *ca},
		ExecProvider: &api.ExecConfig{
			Command:            *plugin,
			APIVersion:         *apiVersion,
			InteractiveMode:    api.NeverExecInteractiveMode,
			ProvideClusterInfo: true,
			Config:             &runtime.Unknown{Raw: []byte(*extension)},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for range *requests {
		if version, err := client.ServerVersion(); err != nil {
			result.Answers = append(result.Answers, err.Error())
		} else {
			result.Answers = append(result.Answers, version.GitVersion)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		log.Fatal(err)
	}
}
