// SPDX-License-Identifier: Apache-2.0

// What `aws-iam-authenticator token -i CLUSTER` does: its generator's token, in its words. The whole command is another
// hundred megabytes, for its server.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"sigs.k8s.io/aws-iam-authenticator/pkg/token"
)

func main() {
	generator, err := token.NewGenerator(false, false)
	if err != nil {
		log.Fatal(err)
	}
	made, err := generator.GetWithOptions(context.Background(), &token.GetTokenOptions{ClusterID: os.Args[1]})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(generator.FormatJSON(made))
}
