package aql

import "strings"

// parser turns the text of a query into a [Query].
type parser struct {
	scanner
	// typed: some criterion names "type", so the default of files only does not apply.
	typed bool
	// depth counts the functions that are open.
	depth int
}

// Parse reads a query such as
//
//	items.find({"repo":"docker-local","name":{"$match":"sha256-*"}}).include("repo","path","name").limit(100)
//
// Clauses after find stand in the order include, sort, offset, limit, distinct (6.1). The error is a [*SyntaxError].
func Parse(text string) (*Query, error) {
	p := &parser{scanner: scanner{text: text}}
	where, err := p.find()
	if err != nil {
		return nil, err
	}
	q := &Query{where: where, columns: defaultFields(), distinct: true}
	if err := p.clauses(q); err != nil {
		return nil, err
	}
	return q, nil
}

// find consumes items.find(…). Several arguments are joined by and, like the criteria of one.
func (p *parser) find() (predicate, error) {
	for _, token := range []string{"items", ".", "find", "("} {
		if err := p.expect(token); err != nil {
			return nil, err
		}
	}
	var parts []predicate
	if err := p.list(")", func() error { return p.object(&parts) }); err != nil {
		return nil, err
	}
	if !p.typed {
		parts = append(parts, onType(TypeFile))
	}
	return allOf(parts), nil
}

// clause is one step after find. Its parse function consumes what stands between the parentheses.
type clause struct {
	name  string
	parse func(*Query) error
}

func (p *parser) clauseOrder() []clause {
	return []clause{
		{"include", p.include},
		{"sort", p.sort},
		{"offset", p.offset},
		// No document places it; JFrog's client writes it here. It concerns remote repositories, which the double
		// does not search.
		{"transitive", func(*Query) error { return p.expect(")") }},
		{"limit", p.limit},
		{"distinct", p.distinct},
	}
}

func (p *parser) clauses(q *Query) error {
	for _, c := range p.clauseOrder() {
		if !p.acceptClause(c.name) {
			continue
		}
		if err := c.parse(q); err != nil {
			return err
		}
	}
	if p.atEnd() {
		return nil
	}
	return p.fail("unexpected %q; clauses stand in the order include, sort, offset, limit, distinct, each once", p.rest())
}

// acceptClause consumes ".name(", or nothing.
func (p *parser) acceptClause(name string) bool {
	start := p.pos
	if p.accept(".") && p.word() == name && p.accept("(") {
		return true
	}
	p.pos = start
	return false
}

// rest returns the beginning of what is left, for messages.
func (p *parser) rest() string {
	const shown = 20
	rest := strings.ToValidUTF8(p.text[p.pos:], "?")
	if len(rest) > shown {
		return strings.ToValidUTF8(rest[:shown], "") + "…"
	}
	return rest
}
