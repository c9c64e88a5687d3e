package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	day = 24 * time.Hour
	// skew is how far the clocks of two machines may be apart.
	skew = 5 * time.Minute
)

// ParseAge reads a duration as Go writes it, such as "36h", or a whole number of days, such as "30d". It must be
// positive.
func ParseAge(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if days, found := strings.CutSuffix(text, "d"); found {
		var n uint64
		// 16 bits of days fit into a Duration.
		n, err = strconv.ParseUint(days, 10, 16)
		d = time.Duration(n) * day
	}
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not an age: write a number of days such as 30d, or of hours such as 36h", text)
	}
	return d, nil
}

// age writes a duration as ParseAge reads it.
func age(d time.Duration) string {
	if d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	return d.String()
}

// tooOld reports why something that was signed at a time does not count any more; maxAge 0 lets everything count. What
// nobody says the time of is too old: the annotations that tools write beside are not signed.
func tooOld(signed, now time.Time, maxAge time.Duration) string {
	switch {
	case maxAge == 0:
		return ""
	case signed.IsZero():
		return "its age is not known: neither a log, a timestamp authority nor its predicate tells when it was made"
	case signed.After(now.Add(skew)):
		return "made at " + signed.UTC().Format(time.RFC3339) + ", which is in the future"
	case now.Sub(signed) > maxAge:
		return "made at " + signed.UTC().Format(time.RFC3339) + ", which is more than " + age(maxAge) + " ago"
	default:
		return ""
	}
}
