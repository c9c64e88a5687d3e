package option

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/transport"
)

const (
	defaultThreads = 3
	defaultRetries = 3
	// requestsEach is how many requests an image has at one time while it is promoted, and mostRequests how many a run
	// may have: servers answer about 200 at one time, and others want to be served, too.
	requestsEach = 4
	mostRequests = 128
)

// Requests bounds the work with the server.
type Requests struct {
	// Threads is how many images are worked on at once, at least 1.
	Threads int
	// Retries is how often a request is repeated after its first failure, 0 for never.
	Retries int
	// RetryWait is the time before the first repetition, 0 for the transport's own back-off.
	RetryWait time.Duration
}

// Flags declares the options.
func (*Requests) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("threads", "Number of images to work on at once.",
			components.WithIntDefaultValue(defaultThreads)),
		components.NewStringFlag("retries", "Number of HTTP retry attempts.", components.WithIntDefaultValue(defaultRetries)),
		components.NewStringFlag("retry-wait-time", "Number of seconds or milliseconds to wait before the first retry. "+
			"The numeric value should either end with s for seconds or ms for milliseconds (for example: 10s or 100ms)."),
	}
}

// Parse reads and checks the values.
func (o *Requests) Parse(c *components.Context) (err error) {
	if o.Threads, err = number(c, "threads", 1, defaultThreads); err != nil {
		return err
	}
	if o.Retries, err = number(c, "retries", 0, defaultRetries); err != nil {
		return err
	}
	o.RetryWait, err = waitTime(c.GetStringFlagValue("retry-wait-time"))
	return err
}

// InFlight returns how many requests a run may have at one time: enough for all of its threads.
func (o *Requests) InFlight() int {
	return max(transport.DefaultMaxInFlight, requestsEach*min(o.Threads, mostRequests/requestsEach))
}

// number reads a decimal number. cli-core would take 0x10 for 16 and 010 for 8.
func number(c *components.Context, option string, least, otherwise int) (int, error) {
	value := c.GetStringFlagValue(option)
	if value == "" {
		return otherwise, nil
	}
	parsed, err := strconv.ParseInt(value, 10, 32)
	if err != nil || int(parsed) < least {
		return 0, fmt.Errorf("--%s must be a whole number of at least %d, not %q", option, least, value)
	}
	return int(parsed), nil
}

// waitTime reads a number with its unit, as jf does: "10s" or "100ms".
func waitTime(value string) (time.Duration, error) {
	if value == "" {
		return 0, nil
	}
	digits, unit := strings.TrimSuffix(value, "s"), time.Second
	if milliseconds, found := strings.CutSuffix(digits, "m"); found {
		digits, unit = milliseconds, time.Millisecond
	}
	// 32 bits of seconds fit into a Duration.
	parsed, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || !strings.HasSuffix(value, "s") {
		return 0, fmt.Errorf("--retry-wait-time must be a number with s or ms behind it, such as 10s or 100ms, not %q", value)
	}
	return time.Duration(parsed) * unit, nil
}
