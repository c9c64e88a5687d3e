// Package registry tests what JFrog's plugin registry and `jf plugin` ask of the plugin: the descriptor, and installing
// it from a private server, with the requests that jf makes.
package registry
