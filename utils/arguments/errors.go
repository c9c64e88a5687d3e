package arguments

// UsageError is a command line that cannot be carried out as it was written. Message names the mistake and, where there
// is one, a near match; Usage is the line that would have been right. Values of options never appear in it.
type UsageError struct {
	Message string
	Usage   string
}

// Error returns the message and, on a line of its own, the usage.
func (e *UsageError) Error() string {
	return e.Message + "\nUsage: " + e.Usage
}
