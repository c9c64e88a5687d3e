// Package architecture has no code, only tests that keep what the compiler does not: the direction of imports, the size
// of files, the absence of state at package level, and the version that is written in two places.
package architecture
