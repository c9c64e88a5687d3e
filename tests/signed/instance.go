package signed

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/sigstore/cosign/v3/pkg/cosign/bundle"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

// Instance is a sigstore instance of its own: a certificate authority, a transparency log and a timestamp authority.
type Instance struct{ virtual *ca.VirtualSigstore }

// Identity is who signs.
type Identity struct{ Subject, Issuer string }

// NewInstance makes an instance.
func NewInstance(t *testing.T) *Instance {
	t.Helper()
	virtual, err := ca.NewVirtualSigstore()
	require.NoError(t, err)
	return &Instance{virtual: virtual}
}

// Root returns the instance's trusted root, as JSON.
func (i *Instance) Root(t *testing.T) []byte {
	t.Helper()
	material, err := root.NewTrustedRoot(root.TrustedRootMediaType01, i.virtual.FulcioCertificateAuthorities(),
		rawIDs(t, i.virtual.CTLogs()),
		i.virtual.TimestampingAuthorities(), rawIDs(t, i.virtual.RekorLogs()))
	require.NoError(t, err)
	text, err := material.MarshalJSON()
	require.NoError(t, err)
	return text
}

// rawIDs takes one encoding off the log IDs: the library's virtual instance keeps them as hexadecimal text, which a
// trusted root would encode once more.
func rawIDs(t *testing.T, logs map[string]*root.TransparencyLog) map[string]*root.TransparencyLog {
	t.Helper()
	for _, log := range logs {
		if raw, err := hex.DecodeString(string(log.ID)); err == nil {
			log.ID = raw
		}
	}
	return logs
}

// Signature returns a layer of a .sig, as keyless signing makes it: with a certificate and a log entry. A change can
// damage it.
func (i *Instance) Signature(t *testing.T, who Identity, payload string, change ...func(*fixture.Entry)) fixture.Entry {
	t.Helper()
	return i.SignatureAt(t, who, payload, inTime(), change...)
}

// SignatureAt is Signature with the time of the log entry.
func (i *Instance) SignatureAt(t *testing.T, who Identity, payload string, logged time.Time,
	change ...func(*fixture.Entry),
) fixture.Entry {
	t.Helper()
	entity, err := i.virtual.SignAtTime(who.Subject, who.Issuer, []byte(payload), logged)
	require.NoError(t, err)
	sig, err := entity.SignatureContent()
	require.NoError(t, err)
	e := fixture.Entry{MediaType: typeSimpleSigning, Content: payload, Annotations: map[string]string{
		noteSignature:   base64.StdEncoding.EncodeToString(sig.Signature()),
		noteCertificate: certificate(t, entity),
		noteChain:       i.chain(t),
		noteEntry:       i.entry(t, entity),
	}}
	for _, apply := range change {
		apply(&e)
	}
	return e
}

// NoLogEntry takes the log entry away.
func NoLogEntry(e *fixture.Entry) { delete(e.Annotations, noteEntry) }

// OtherCertificate puts the certificate of another signature in its place.
func OtherCertificate(other fixture.Entry) func(*fixture.Entry) {
	return func(e *fixture.Entry) { e.Annotations[noteCertificate] = other.Annotations[noteCertificate] }
}

// OtherSignature puts another signature in its place.
func OtherSignature(other fixture.Entry) func(*fixture.Entry) {
	return func(e *fixture.Entry) { e.Annotations[noteSignature] = other.Annotations[noteSignature] }
}

// inTime is within the certificates that the instance makes, which begin now.
func inTime() time.Time { return time.Now().Add(time.Second) }

// Bundle returns a sigstore bundle, as keyless signing makes it. A change can damage it.
func (i *Instance) Bundle(t *testing.T, who Identity, statement string, change ...func(*protobundle.Bundle)) string {
	t.Helper()
	return i.BundleAt(t, who, statement, inTime(), change...)
}

// BundleAt is Bundle with the time of the log entry.
func (i *Instance) BundleAt(t *testing.T, who Identity, statement string, logged time.Time,
	change ...func(*protobundle.Bundle),
) string {
	t.Helper()
	entity, err := i.virtual.AttestAtTime(who.Subject, who.Issuer, []byte(statement), logged, true)
	require.NoError(t, err)
	sig, err := entity.SignatureContent()
	require.NoError(t, err)
	entries, err := entity.TlogEntries()
	require.NoError(t, err)
	logEntries := make([]*protorekor.TransparencyLogEntry, 0, len(entries))
	for _, e := range entries {
		logEntries = append(logEntries, i.promised(t, e.TransparencyLogEntry()))
	}
	b := &protobundle.Bundle{
		MediaType: typeBundle,
		VerificationMaterial: &protobundle.VerificationMaterial{
			Content:     &protobundle.VerificationMaterial_Certificate{Certificate: &protocommon.X509Certificate{RawBytes: leaf(t, entity).Raw}},
			TlogEntries: logEntries,
		},
		Content: content(t, envelopeOf(t, sig)),
	}
	for _, apply := range change {
		apply(b)
	}
	return encoded(t, b)
}

func envelopeOf(t *testing.T, sig verify.SignatureContent) *dsse.Envelope {
	t.Helper()
	raw := sig.EnvelopeContent().RawEnvelope()
	require.NotNil(t, raw)
	return raw
}

// certificate returns the certificate of an entity, PEM.
func certificate(t *testing.T, entity verify.SignedEntity) string {
	t.Helper()
	text, err := cryptoutils.MarshalCertificateToPEM(leaf(t, entity))
	require.NoError(t, err)
	return string(text)
}

func leaf(t *testing.T, entity verify.SignedEntity) *x509.Certificate {
	t.Helper()
	material, err := entity.VerificationContent()
	require.NoError(t, err)
	return material.Certificate()
}

func (i *Instance) chain(t *testing.T) string {
	t.Helper()
	authority, ok := i.virtual.FulcioCertificateAuthorities()[0].(*root.FulcioCertificateAuthority)
	require.True(t, ok)
	text, err := cryptoutils.MarshalCertificatesToPEM(append(authority.Intermediates, authority.Root))
	require.NoError(t, err)
	return string(text)
}

// promised adds the log's signed promise to an entry, and its kind: the library's virtual instance keeps both for
// itself.
func (i *Instance) promised(t *testing.T, e *protorekor.TransparencyLogEntry) *protorekor.TransparencyLogEntry {
	t.Helper()
	promise, err := i.virtual.RekorSignPayload(tlog.RekorPayload{
		Body: base64.StdEncoding.EncodeToString(e.CanonicalizedBody), IntegratedTime: e.IntegratedTime, LogIndex: e.LogIndex,
		LogID: hex.EncodeToString(e.LogId.KeyId),
	})
	require.NoError(t, err)
	var kind struct{ Kind, APIVersion string }
	require.NoError(t, json.Unmarshal(e.CanonicalizedBody, &kind))
	e.KindVersion = &protorekor.KindVersion{Kind: kind.Kind, Version: kind.APIVersion}
	e.InclusionPromise = &protorekor.InclusionPromise{SignedEntryTimestamp: promise}
	return e
}

// entry returns the log entry of an entity as cosign's annotation has it.
func (i *Instance) entry(t *testing.T, entity verify.SignedEntity) string {
	t.Helper()
	entries, err := entity.TlogEntries()
	require.NoError(t, err)
	e := i.promised(t, entries[0].TransparencyLogEntry())
	text, err := json.Marshal(bundle.RekorBundle{
		SignedEntryTimestamp: e.InclusionPromise.SignedEntryTimestamp,
		Payload: bundle.RekorPayload{
			Body: base64.StdEncoding.EncodeToString(e.CanonicalizedBody), IntegratedTime: e.IntegratedTime, LogIndex: e.LogIndex,
			LogID: hex.EncodeToString(e.LogId.KeyId),
		},
	})
	require.NoError(t, err)
	return string(text)
}
