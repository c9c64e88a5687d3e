package verification

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/sigstore/cosign/v3/pkg/cosign/attestation"
)

// statement is what an in-toto statement says of itself.
type statement struct {
	PredicateType string
	// time is when the predicate says that it was made; zero if it does not.
	time time.Time
}

// envelopeStatement reads the statement in a DSSE envelope, with cosign's parser, so that both read the same. Nothing
// of it is to be believed before the envelope's signature was verified.
func envelopeStatement(envelope []byte) (statement, error) {
	var e dsse.Envelope
	if err := json.Unmarshal(envelope, &e); err != nil {
		return statement{}, fmt.Errorf("it is not a DSSE envelope: %w", err)
	}
	payload, err := base64.StdEncoding.DecodeString(e.Payload)
	if err != nil {
		return statement{}, fmt.Errorf("the payload of its envelope cannot be read: %w", err)
	}
	return parseStatement(payload)
}

func parseStatement(payload []byte) (statement, error) {
	var s attestation.Statement
	if err := s.UnmarshalJSON(payload); err != nil {
		return statement{}, fmt.Errorf("its in-toto statement cannot be read: %w", err)
	}
	if s.Statement == nil {
		return statement{}, errors.New("its in-toto statement is empty")
	}
	return statement{PredicateType: s.PredicateType, time: timeIn(s.Predicate.AsMap())}, nil
}

// timeIn finds the time in a predicate: cosign's custom predicate, vulnerability scans, SLSA provenance 0.2 and 1,
// SPDX, CycloneDX, OpenVEX.
func timeIn(predicate map[string]any) time.Time {
	for _, path := range [][]string{
		{"Timestamp"},
		{"metadata", "scanFinishedOn"},
		{"metadata", "buildFinishedOn"},
		{"runDetails", "metadata", "finishedOn"},
		{"creationInfo", "created"},
		{"metadata", "timestamp"},
		{"timestamp"},
	} {
		if t, err := time.Parse(time.RFC3339, textAt(predicate, path)); err == nil {
			return t
		}
	}
	return time.Time{}
}

func textAt(value any, path []string) string {
	for _, name := range path {
		fields, _ := value.(map[string]any)
		value = fields[name]
	}
	text, _ := value.(string)
	return text
}
