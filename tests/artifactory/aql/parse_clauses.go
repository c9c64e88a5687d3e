package aql

import (
	"slices"
	"strings"
)

// include consumes field names. The first field of the items domain replaces the default ones; properties are added to
// whatever is shown.
func (p *parser) include(q *Query) error {
	if p.peek() == ')' {
		return p.fail("a field expected")
	}
	wanted := map[string]bool{}
	err := p.list(")", func() error {
		name, err := p.quoted()
		if err != nil {
			return err
		}
		return p.includeName(name, q, wanted)
	})
	if len(wanted) > 0 {
		q.columns = slices.DeleteFunc(fields(), func(f field) bool { return !wanted[f.name] })
	}
	return err
}

func (p *parser) includeName(name string, q *Query, wanted map[string]bool) error {
	if name == "*" {
		for _, f := range fields() {
			wanted[f.name] = true
		}
		return nil
	}
	if _, known := findField(name); known {
		wanted[name] = true
		return nil
	}
	return p.includeProperty(name, &q.properties)
}

func (p *parser) includeProperty(name string, selection *propertySelection) error {
	switch name {
	case "property", "property.*", "@*":
		selection.key, selection.value = true, true
		return nil
	case "property.key":
		selection.key = true
		return nil
	case "property.value":
		selection.value = true
		return nil
	}
	key, isProperty := strings.CutPrefix(name, "@")
	if !isProperty || key == "" {
		return p.fail("unknown field %q", name)
	}
	selection.key, selection.value = true, true
	selection.only = append(selection.only, key)
	return nil
}

// sort consumes {"$asc":[fields]} or {"$desc":[fields]}.
func (p *parser) sort(q *Query) error {
	if err := p.expect("{"); err != nil {
		return err
	}
	direction, err := p.quoted()
	if err != nil {
		return err
	}
	if direction != "$asc" && direction != "$desc" {
		return p.fail("\"$asc\" or \"$desc\" expected")
	}
	q.descending = direction == "$desc"
	if err := p.expect(":"); err != nil {
		return err
	}
	if err := p.sortFields(q); err != nil {
		return err
	}
	if err := p.expect("}"); err != nil {
		return err
	}
	return p.expect(")")
}

func (p *parser) sortFields(q *Query) error {
	if err := p.expect("["); err != nil {
		return err
	}
	if p.peek() == ']' {
		return p.fail("a field expected")
	}
	return p.list("]", func() error {
		name, err := p.quoted()
		if err != nil {
			return err
		}
		return p.sortField(name, q)
	})
}

func (p *parser) sortField(name string, q *Query) error {
	f, known := findField(name)
	switch {
	case !known:
		return p.fail("unknown field %q", name)
	case !q.shows(name):
		return p.fail("only the result fields can be sorted by, and %q is not one", name)
	case slices.ContainsFunc(q.sort, func(s field) bool { return s.name == name }):
		return p.fail("%q appears twice in sort", name)
	}
	q.sort = append(q.sort, f)
	return nil
}

func (p *parser) offset(q *Query) (err error) {
	q.offset, err = p.amount()
	return err
}

// limit refuses 0: whether it means nothing or everything is not documented.
func (p *parser) limit(q *Query) (err error) {
	if q.limit, err = p.amount(); err == nil && q.limit == 0 {
		return p.fail("limit must be positive")
	}
	return err
}

func (p *parser) amount() (int64, error) {
	text, err := p.digits()
	if err != nil {
		return 0, err
	}
	number, ok := parseNumber(text)
	if !ok {
		return 0, p.fail("number %s is too large", text)
	}
	return number, p.expect(")")
}

func (p *parser) distinct(q *Query) error {
	switch word := p.word(); word {
	case "true", "false":
		q.distinct = word == "true"
		return p.expect(")")
	}
	return p.fail("true or false expected")
}
