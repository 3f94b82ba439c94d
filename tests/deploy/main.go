// SPDX-License-Identifier: Apache-2.0

// Manifests as those read them for whom they are: each strictly, into its published type. Prints JSON.
//
//	deploy objects [-some] < YAML        the objects; with -some those of published types, else all must be of one
//	deploy kueue FILE                    the credentials providers of a Kueue configuration, which Kueue's manager accepts
//	deploy access FILE < CLUSTERPROFILE  what a controller makes of a provider file and a ClusterProfile
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/kubernetes/scheme"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	inventory "sigs.k8s.io/cluster-inventory-api/apis/v1alpha1"
	"sigs.k8s.io/cluster-inventory-api/pkg/credentials"
	configapi "sigs.k8s.io/kueue/apis/config/v1beta2"
	kueue "sigs.k8s.io/kueue/apis/kueue/v1beta2"
	"sigs.k8s.io/kueue/pkg/config"
	_ "sigs.k8s.io/kueue/pkg/controller/jobs/job" // what a configuration means that names no frameworks
	"sigs.k8s.io/kueue/pkg/features"
)

type access struct {
	Server string                   `json:"server"`
	Exec   *clientcmdapi.ExecConfig `json:"exec"`
	Config runtime.Object           `json:"config"`
}

func objects(in io.Reader, some bool) ([]runtime.Object, error) {
	known := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, kueue.AddToScheme, configapi.AddToScheme, inventory.AddToScheme} {
		utilruntime.Must(add(known))
	}
	decoder := serializer.NewCodecFactory(known, serializer.EnableStrict).UniversalDeserializer()
	var found []runtime.Object
	for documents := yaml.NewYAMLReader(bufio.NewReader(in)); ; {
		text, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		object, _, err := decoder.Decode(text, nil, nil)
		if runtime.IsNotRegisteredError(err) && some {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%w in\n%s", err, text)
		}
		found = append(found, object)
	}
}

func providers(path string) ([]configapi.ClusterProfileCredentialsProvider, error) {
	known := runtime.NewScheme()
	utilruntime.Must(scheme.AddToScheme(known))
	utilruntime.Must(configapi.AddToScheme(known))
	_, loaded, err := config.Load(known, path)
	if err != nil {
		return nil, err
	}
	if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(loaded.FeatureGates); err != nil {
		return nil, err
	}
	if !features.Enabled(features.MultiKueueClusterProfile) {
		return nil, errors.New("the configuration leaves MultiKueueClusterProfile off")
	}
	return loaded.MultiKueue.ClusterProfile.CredentialsProviders, nil
}

func accessTo(in io.Reader, path string) (*access, error) {
	file, err := credentials.NewFromFile(path)
	if err != nil {
		return nil, err
	}
	found, err := objects(in, false)
	if err != nil {
		return nil, err
	}
	rest, err := file.BuildConfigFromCP(found[0].(*inventory.ClusterProfile))
	if err != nil {
		return nil, err
	}
	return &access{rest.Host, rest.ExecProvider, rest.ExecProvider.Config}, nil
}

func run(arguments []string) (any, error) {
	switch arguments[0] {
	case "objects":
		return objects(os.Stdin, len(arguments) == 2 && arguments[1] == "-some")
	case "kueue":
		return providers(arguments[1])
	case "access":
		return accessTo(os.Stdin, arguments[1])
	}
	return nil, errors.New("unknown: " + arguments[0])
}

func main() {
	log.SetFlags(0)
	answer, err := run(os.Args[1:])
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		log.Fatal(err)
	}
}
