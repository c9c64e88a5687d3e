package aql

import "slices"

// predicate is one criterion, or several joined, ready to be asked.
type predicate func(o *Options, item *Item) bool

func allOf(parts []predicate) predicate {
	return func(o *Options, item *Item) bool {
		return !slices.ContainsFunc(parts, func(p predicate) bool { return !p(o, item) })
	}
}

func anyOf(parts []predicate) predicate {
	return func(o *Options, item *Item) bool {
		return slices.ContainsFunc(parts, func(p predicate) bool { return p(o, item) })
	}
}

func not(p predicate) predicate {
	return func(o *Options, item *Item) bool { return !p(o, item) }
}

// onRepo compares the repository; a virtual one stands for its members (6.2).
func onRepo(operator, operand string) predicate {
	member := func(o *Options, item *Item) bool {
		return item.Repo == operand || o.Expand != nil && slices.Contains(o.Expand(operand), item.Repo)
	}
	switch operator {
	case "$eq":
		return member
	case "$ne":
		return not(member)
	}
	test := textTest(operator, operand)
	return func(_ *Options, item *Item) bool { return test(item.Repo) }
}

// onProperty compares the values of one key, of any key for "*". The negative operators hold when no value fits, so
// also for an item without the key. The value "*" asks for the key alone.
func onProperty(key, operator, operand string) predicate {
	switch operator {
	case "$ne":
		return not(onProperty(key, "$eq", operand))
	case "$nmatch":
		return not(onProperty(key, "$match", operand))
	}
	test := textTest(operator, operand)
	if operand == "*" && (operator == "$eq" || operator == "$match") {
		test = func(string) bool { return true }
	}
	return anyProperty(func(k, value string) bool { return (key == "*" || k == key) && test(value) })
}

func anyProperty(test func(key, value string) bool) predicate {
	return func(_ *Options, item *Item) bool {
		for key, values := range item.Properties {
			if slices.ContainsFunc(values, func(value string) bool { return test(key, value) }) {
				return true
			}
		}
		return false
	}
}
