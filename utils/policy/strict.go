package policy

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/signed-promote/signed-promote/utils/arguments"
)

// strict holds a parsed file against the type that it is to be decoded into. A field that the type does not have is a
// mistake, with the nearest known field named; and so is one without a value: in a policy, an empty requirement would
// ask for nothing.
func strict(node *yaml.Node, target any) error {
	return check(node, reflect.TypeOf(target), "the file")
}

func check(node *yaml.Node, t reflect.Type, name string) error {
	if node.Kind == yaml.AliasNode {
		return fmt.Errorf("line %d: aliases (*%s) are not understood here; signers have names for that", node.Line,
			node.Value)
	}
	if node.Kind == yaml.DocumentNode {
		return check(node.Content[0], t, name)
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if node.Tag == "!!null" || (node.Kind != yaml.ScalarNode && len(node.Content) == 0) {
		return fmt.Errorf("line %d: %s is empty; leave it out if nothing is meant", node.Line, name)
	}
	switch {
	case t.Kind() == reflect.Struct && node.Kind == yaml.MappingNode:
		return checkFields(node, t)
	case t.Kind() == reflect.Map && node.Kind == yaml.MappingNode:
		return checkValues(node, t.Elem())
	case t.Kind() == reflect.Slice && node.Kind == yaml.SequenceNode:
		return checkItems(node, t.Elem(), name)
	default:
		// What is of another kind is for the decoder to refuse.
		return nil
	}
}

func checkFields(node *yaml.Node, t reflect.Type) error {
	fields := map[string]reflect.Type{}
	names := make([]string, 0, t.NumField())
	for i := range t.NumField() {
		name := t.Field(i).Tag.Get("yaml")
		fields[name] = t.Field(i).Type
		names = append(names, name)
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		field, known := fields[key.Value]
		if !known {
			return fmt.Errorf("line %d: there is no field %q%s", key.Line, key.Value, meant(key.Value, names))
		}
		if err := check(node.Content[i+1], field, key.Value); err != nil {
			return err
		}
	}
	return nil
}

func checkValues(node *yaml.Node, t reflect.Type) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if err := check(node.Content[i+1], t, node.Content[i].Value); err != nil {
			return err
		}
	}
	return nil
}

func checkItems(node *yaml.Node, t reflect.Type, name string) error {
	for _, item := range node.Content {
		if err := check(item, t, "an item of "+name); err != nil {
			return err
		}
	}
	return nil
}

// meant ends a sentence about an unknown word with the nearest known one, or with all that there are.
func meant(word string, known []string) string {
	if nearest := arguments.Nearest(word, known); nearest != "" {
		return fmt.Sprintf("; did you mean %q?", nearest)
	}
	return "; there are " + strings.Join(known, ", ")
}
