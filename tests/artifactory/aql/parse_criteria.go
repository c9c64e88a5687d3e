package aql

import "strings"

// maxDepth bounds nesting, so that a hostile query cannot exhaust the stack; no client comes near it.
const maxDepth = 64

// object consumes "{…}" and adds its criteria to those of the enclosing function. Braces bind nothing themselves:
// inside "$or" the criteria of one object are alternatives too.
func (p *parser) object(into *[]predicate) error {
	if err := p.expect("{"); err != nil {
		return err
	}
	if p.peek() == '}' {
		return p.fail("a criterion expected")
	}
	return p.list("}", func() error {
		part, err := p.criterion()
		*into = append(*into, part)
		return err
	})
}

func (p *parser) criterion() (predicate, error) {
	name, err := p.quoted()
	if err != nil {
		return nil, err
	}
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	switch {
	case name == "$and":
		return p.function(allOf)
	case name == "$or":
		return p.function(anyOf)
	case strings.HasPrefix(name, "$"):
		return nil, p.fail("unknown function %q", name)
	}
	return p.comparison(name)
}

func (p *parser) function(join func([]predicate) predicate) (predicate, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, p.fail("more than %d functions nested", maxDepth)
	}
	if err := p.expect("["); err != nil {
		return nil, err
	}
	if p.peek() == ']' {
		return nil, p.fail("a criterion expected")
	}
	var parts []predicate
	if err := p.list("]", func() error { return p.object(&parts) }); err != nil {
		return nil, err
	}
	return join(parts), nil
}

// comparison consumes what follows a field name: a value, which means $eq, or {"$operator": value}.
func (p *parser) comparison(name string) (predicate, error) {
	operator := "$eq"
	braces := p.accept("{")
	if braces {
		var err error
		if operator, err = p.operator(); err != nil {
			return nil, err
		}
	}
	operand, err := p.value()
	if err != nil {
		return nil, err
	}
	if braces {
		if err := p.expect("}"); err != nil {
			return nil, err
		}
	}
	return p.compare(name, operator, operand)
}

func (p *parser) operator() (string, error) {
	operator, err := p.quoted()
	if err != nil {
		return "", err
	}
	switch operator {
	case "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$match", "$nmatch":
		return operator, p.expect(":")
	}
	return "", p.fail("unknown operator %q", operator)
}

// value consumes a string or an unsigned number; both are compared by the kind of the field.
func (p *parser) value() (string, error) {
	if p.peek() == '"' {
		return p.quoted()
	}
	return p.digits()
}
