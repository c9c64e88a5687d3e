// Package supply tells what is compiled into the plugin: the modules, for every platform, and their licences. The
// programs that list licences and make releases share it.
package supply
