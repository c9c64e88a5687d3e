package option

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/policy"
)

// Policy says who must have signed, with cosign's names where cosign has the same.
type Policy struct {
	keys       []string
	identity   policy.Identity
	trust      policy.Trust
	notation   string
	policyFile string
	Policies   []policy.Policy
}

const (
	optionKey            = "key"
	optionIdentity       = "certificate-identity"
	optionIdentityRegexp = "certificate-identity-regexp"
	optionIssuer         = "certificate-oidc-issuer"
	optionIssuerRegexp   = "certificate-oidc-issuer-regexp"
	optionTrustedRoot    = "trusted-root"
	optionNotation       = "notation-config"
	optionPolicy         = "policy"
)

// Flags declares the options.
func (*Policy) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag(optionKey, "Public key that must have signed, as a PEM file or env://VARIABLE. With several, separated by ';', each must have."),
		components.NewStringFlag(optionIdentity, "Identity that must have signed, as its certificate says. Needs an issuer, too."),
		components.NewStringFlag(optionIdentityRegexp, "The same as a regular expression."),
		components.NewStringFlag(optionIssuer, "OIDC issuer of the identity."),
		components.NewStringFlag(optionIssuerRegexp, "The same as a regular expression."),
		components.NewStringFlag(optionTrustedRoot,
			"File with sigstore's trusted root. Otherwise the public-good one is fetched, if it is needed."),
		components.NewBoolFlag("insecure-ignore-tlog", "Set to true to accept signatures that are in no transparency log."),
		components.NewBoolFlag("insecure-ignore-sct",
			"Set to true to accept certificates that were in no certificate transparency log."),
		components.NewBoolFlag("use-signed-timestamps",
			"Set to true to take the time of signing from a timestamp authority of the trusted root."),
		components.NewStringFlag(optionNotation, "Notation's configuration folder, with trustpolicy.json and truststore. A signature must satisfy it."),
		components.NewStringFlag(optionPolicy, "Policy file: who must have signed which images, see docs/policies.md."),
	}
}

// Parse reads the options, and the policy file with them. Keys and trusted roots are read when the run begins.
func (o *Policy) Parse(c *components.Context) error {
	for _, option := range []struct {
		name  string
		value *string
	}{
		{optionIdentity, &o.identity.Subject},
		{optionIdentityRegexp, &o.identity.SubjectRegexp},
		{optionIssuer, &o.identity.Issuer},
		{optionIssuerRegexp, &o.identity.IssuerRegexp},
		{optionTrustedRoot, &o.trust.Root},
		{optionNotation, &o.notation},
		{optionPolicy, &o.policyFile},
	} {
		*option.value = c.GetStringFlagValue(option.name)
		if *option.value == "" && c.IsFlagSet(option.name) {
			return fmt.Errorf("--%s is given without a value; leave it out if none is meant", option.name)
		}
	}
	o.trust.IgnoreTlog = c.GetBoolFlagValue("insecure-ignore-tlog")
	o.trust.IgnoreSCT = c.GetBoolFlagValue("insecure-ignore-sct")
	o.trust.SignedTimestamps = c.GetBoolFlagValue("use-signed-timestamps")
	if value := c.GetStringFlagValue(optionKey); value != "" || c.IsFlagSet(optionKey) {
		o.keys = strings.Split(value, ";")
	}
	return o.makePolicies()
}

// makePolicies turns what was read into policies: one for the options, one for the file.
func (o *Policy) makePolicies() error {
	if err := o.check(); err != nil {
		return err
	}
	if rule := o.rule(); rule.Signatures != nil || rule.Notation != nil {
		o.Policies = append(o.Policies, policy.Policy{Rules: []policy.Rule{rule}, Origin: "the options"})
	}
	if o.policyFile == "" {
		return nil
	}
	text, err := os.ReadFile(o.policyFile)
	if err != nil {
		return fmt.Errorf("--%s: %w", optionPolicy, err)
	}
	file, err := policy.Parse(text, o.policyFile, o.trust.Root)
	if err != nil {
		return fmt.Errorf("--%s: %w", optionPolicy, err)
	}
	o.Policies = append(o.Policies, file)
	return nil
}

func (o *Policy) check() error {
	if slices.Contains(o.keys, "") {
		return fmt.Errorf("--%s names an empty key", optionKey)
	}
	signers := len(o.keys) > 0
	if o.identity != (policy.Identity{}) {
		signers = true
		if err := o.identity.Check("--"+optionIdentity, "--"+optionIssuer); err != nil {
			return err
		}
	}
	switch {
	case o.trust.Root != "" && !signers && o.policyFile == "":
		return fmt.Errorf("--%s is given, but nobody whom it is for: add --%s, --%s or --%s", optionTrustedRoot, optionKey,
			optionIdentity, optionPolicy)
	case (o.trust.IgnoreTlog || o.trust.IgnoreSCT || o.trust.SignedTimestamps) && !signers:
		return errors.New("--insecure-ignore-tlog, --insecure-ignore-sct and --use-signed-timestamps are for --key and --certificate-identity; a policy file says it by itself, under trust")
	default:
		return nil
	}
}

// rule is the policy that the options spell: every key and every identity, and notation's trust policy.
func (o *Policy) rule() policy.Rule {
	rule := policy.Rule{Trust: o.trust}
	var by []policy.Signer
	for _, key := range o.keys {
		by = append(by, policy.Signer{Key: key})
	}
	if o.identity != (policy.Identity{}) {
		by = append(by, policy.Signer{Identity: o.identity})
	}
	if len(by) > 0 {
		rule.Signatures = &policy.Signatures{Required: len(by), By: by}
	}
	if o.notation != "" {
		rule.Notation = &policy.Notation{Config: o.notation}
	}
	return rule
}
