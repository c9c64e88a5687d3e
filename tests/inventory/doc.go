// Package inventory runs the commands for whole repositories against the double, over random images in every layout,
// and holds what they say to a slow judge of its own, which knows nothing of the plugin's code.
package inventory
