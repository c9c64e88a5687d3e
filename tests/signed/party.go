package signed

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/notaryproject/notation-core-go/testhelper"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/signer"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"
)

// Party signs with notation, by a certificate that it signed itself.
type Party struct {
	Name   string
	signer *signer.GenericSigner
	cert   *x509.Certificate
}

// NewParty makes a party with a certificate.
func NewParty(t *testing.T, name string) *Party {
	t.Helper()
	tuple := testhelper.GetRSASelfSignedSigningCertTuple(name)
	s, err := signer.NewGenericSigner(tuple.PrivateKey, []*x509.Certificate{tuple.Cert})
	require.NoError(t, err)
	return &Party{Name: name, signer: s, cert: tuple.Cert}
}

// Sign returns an envelope around the descriptor of a manifest. envelope is fixture.JWS or fixture.COSE.
func (p *Party) Sign(t *testing.T, manifest ocispec.Descriptor, envelope string) string {
	t.Helper()
	content, _, err := p.signer.Sign(t.Context(), manifest, notation.SignerSignOptions{SignatureMediaType: envelope})
	require.NoError(t, err)
	return string(content)
}

// Trust writes a configuration folder of notation that trusts the party for images of a scope ("*" for all), and gives
// its path.
func (p *Party) Trust(t *testing.T, scope string) string {
	t.Helper()
	config := t.TempDir()
	store := filepath.Join(config, "truststore", "x509", "ca", p.Name)
	require.NoError(t, os.MkdirAll(store, 0o700))
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw})
	require.NoError(t, os.WriteFile(filepath.Join(store, p.Name+".crt"), text, 0o600))
	WriteTrustPolicy(t, config, fmt.Sprintf(`{"name":"all","registryScopes":["%s"],"trustStores":["ca:%s"],"trustedIdentities":["*"],
		"signatureVerification":{"level":"strict","override":{"revocation":"skip"}}}`, scope, p.Name))
	return config
}

// WriteTrustPolicy writes a trust policy with one statement into a configuration folder.
func WriteTrustPolicy(t *testing.T, config, statement string) {
	t.Helper()
	text := fmt.Sprintf(`{"version":"1.0","trustPolicies":[%s]}`, statement)
	require.NoError(t, os.WriteFile(filepath.Join(config, "trustpolicy.json"), []byte(text), 0o600))
}
