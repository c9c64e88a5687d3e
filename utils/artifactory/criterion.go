package artifactory

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Field is a field of an item in a search.
type Field string

// The fields that searches here ask for. Path is the folder ("." for the root of a repository, see Item), Name the last
// segment.
const (
	Repo     Field = "repo"
	Path     Field = "path"
	Name     Field = "name"
	Type     Field = "type"
	Size     Field = "size"
	Created  Field = "created"
	Modified Field = "modified"
	Updated  Field = "updated"
	SHA256   Field = "sha256"
	SHA1     Field = "actual_sha1"
)

// Property is the field that a property of an item is searched by.
func Property(key string) Field { return Field("@" + key) }

// Operator compares a field with a value.
type Operator string

// The operators of AQL. Match and NotMatch take the wildcards * (any characters, "/" too) and ? (one); the others take
// them for what they are.
const (
	Equal          Operator = "$eq"
	NotEqual       Operator = "$ne"
	Less           Operator = "$lt"
	LessOrEqual    Operator = "$lte"
	Greater        Operator = "$gt"
	GreaterOrEqual Operator = "$gte"
	Match          Operator = "$match"
	NotMatch       Operator = "$nmatch"
)

// Criterion is a condition that an item has to meet. The zero Criterion is none.
type Criterion struct{ text string }

// Where makes the condition that a field compares with a value in this way. No value can leave its quotes.
func Where(field Field, operator Operator, value string) Criterion {
	return Criterion{"{" + quote(string(field)) + ":{" + quote(string(operator)) + ":" + quote(value) + "}}"}
}

// All is met when every condition is. Those that are none are left out.
func All(criteria ...Criterion) Criterion { return join("$and", criteria) }

// Any is met when one of the conditions is. Those that are none are left out.
func Any(criteria ...Criterion) Criterion { return join("$or", criteria) }

// OneOf makes the condition that a field has one of the values; see MaxQuery for how many may be asked at once.
func OneOf(field Field, values ...string) Criterion {
	criteria := make([]Criterion, 0, len(values))
	for _, value := range values {
		criteria = append(criteria, Where(field, Equal, value))
	}
	return Any(criteria...)
}

func join(function string, criteria []Criterion) Criterion {
	texts := make([]string, 0, len(criteria))
	for _, c := range criteria {
		if c.text != "" {
			texts = append(texts, c.text)
		}
	}
	switch len(texts) {
	case 0:
		return Criterion{}
	case 1:
		return Criterion{texts[0]}
	default:
		return Criterion{"{" + quote(function) + ":[" + strings.Join(texts, ",") + "]}"}
	}
}

// quote writes a JSON string, which is how AQL writes them, and leaves <, > and & as they are.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always has a JSON form, and a buffer takes it
	return strings.TrimSuffix(b.String(), "\n")
}

// Raw takes over a criterion that was written elsewhere: the braces of items.find, as client-go makes them of a file
// spec.
func Raw(find string) Criterion { return Criterion{find} }
