// Package dynamicconfig carries the settings that Parley needs from a Temporal
// service, so that the one program that starts a service has them at hand.
package dynamicconfig

import _ "embed"

// FileName is what the settings are called wherever they are written.
const FileName = "parley.yaml"

// YAML is the settings in the form of Temporal's dynamic config file.
//
//go:embed parley.yaml
var YAML []byte
