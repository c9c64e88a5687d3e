package aql

import "strings"

// compare builds the predicate of one comparison, by the kind of what is compared.
func (p *parser) compare(name, operator, operand string) (predicate, error) {
	if key, isProperty := strings.CutPrefix(name, "@"); isProperty {
		if key == "" {
			return nil, p.fail("a property key expected after \"@\"")
		}
		return onProperty(key, operator, operand), nil
	}
	switch name {
	case "repo":
		return onRepo(operator, operand), nil
	case "property.key":
		test := textTest(operator, operand)
		return anyProperty(func(key, _ string) bool { return test(key) }), nil
	case "property.value":
		return onProperty("*", operator, operand), nil
	}
	f, known := findField(name)
	if !known {
		return nil, p.fail("unknown field %q", name)
	}
	return p.compareField(f, operator, operand)
}

func (p *parser) compareField(f field, operator, operand string) (predicate, error) {
	if f.kind == kindText {
		test := textTest(operator, operand)
		return func(_ *Options, item *Item) bool { return test(f.text(item)) }, nil
	}
	if operator == "$match" || operator == "$nmatch" {
		return nil, p.fail("%s does not apply to %q", operator, f.name)
	}
	switch f.kind {
	case kindNumber:
		return p.compareNumber(f, operator, operand)
	case kindDate:
		return p.compareDate(f, operator, operand)
	case kindText, kindType:
	}
	return p.compareType(operator, operand)
}

func (p *parser) compareNumber(f field, operator, operand string) (predicate, error) {
	number, ok := parseNumber(operand)
	if !ok {
		return nil, p.fail("%q is not a number", operand)
	}
	return func(_ *Options, item *Item) bool { return ordered(operator, compareNumbers(f.number(item), number)) }, nil
}

func (p *parser) compareDate(f field, operator, operand string) (predicate, error) {
	date, ok := parseDate(operand)
	if !ok {
		return nil, p.fail("%q is not a date", operand)
	}
	return func(_ *Options, item *Item) bool { return ordered(operator, f.date(item).Compare(date)) }, nil
}

func (p *parser) compareType(operator, operand string) (predicate, error) {
	p.typed = true
	switch {
	case operator == "$eq" && operand == "any":
		return func(*Options, *Item) bool { return true }, nil
	case operand != TypeFile && operand != TypeFolder:
		return nil, p.fail("%q is not a type of item", operand)
	case operator == "$eq":
		return onType(operand), nil
	case operator == "$ne":
		return not(onType(operand)), nil
	}
	return nil, p.fail("%s does not apply to \"type\"", operator)
}

func onType(want string) predicate {
	return func(_ *Options, item *Item) bool { return item.Type == want }
}
