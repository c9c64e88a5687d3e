// Package budget holds what a promotion may cost, case by case, and the images of those cases. Its tests hold the
// plugin to it: they count requests on the Artifactory double, and round trips one after another in a time of their
// own, so that the figures are exact and do not depend on the machine. `make bench` prints the same cases as the built
// plugin runs them.
package budget
