package main

import "slices"

const (
	inventories = "./tests/inventory"
	pure        = "./utils/inventory"
)

func inventoryMistakes() []mutant { return slices.Concat(auditMistakes(), pruneMistakes()) }

// auditMistakes let a search or an error turn into "unsigned", or what no verifier finds into "signed".
func auditMistakes() []mutant {
	return []mutant{
		{
			name: "a search proves absence", file: "utils/inventory/bench.go",
			right:    "	if state != Signed && state != Unknown {",
			wrong:    "	if false {",
			packages: []string{inventories}, tests: "Misled",
		},
		{
			name: "an error while probing is no doubt", file: "utils/inventory/probe.go",
			right:    "	if err != nil && !absent(err) {\n		seen.doubt",
			wrong:    "	if false {\n		seen.doubt",
			packages: []string{inventories}, tests: "Misled",
		},
		{
			name: "referrers that cannot be listed are none", file: "utils/inventory/survey.go",
			right:    "	case err != nil:\n		s.hang(subject, hanging{name: \"referrers\"",
			wrong:    "	case err != nil && false:\n		s.hang(subject, hanging{name: \"referrers\"",
			packages: []string{inventories}, tests: "Misled",
		},
		{
			name: "a record without its payload signs", file: "utils/inventory/blobs.go",
			right:    "		case !there:\n			s.mark(subject, h.name, dangling,",
			wrong:    "		case !there && false:\n			s.mark(subject, h.name, dangling,",
			packages: []string{inventories}, tests: "Judge",
		},
		{
			name: "a referrer that nothing lists signs", file: "utils/inventory/survey.go",
			right:    "		condition: unlisted, why:",
			wrong:    "		condition: sound, why:",
			packages: []string{inventories}, tests: "Judge",
		},
		{
			name: "trimmed searches are whole", file: "utils/artifactory/files.go",
			right:    "	return trimmed == nil || c.parts(ctx, p, digits)",
			wrong:    "	return true",
			packages: []string{inventories}, tests: "Judge",
		},
	}
}

// pruneMistakes remove what somebody needs, and let work on whole repositories fall apart.
func pruneMistakes() []mutant {
	return []mutant{
		{
			name: "prune removes when looking failed", file: "utils/inventory/confirm.go",
			right:    "	case !absent(err):\n		return fmt.Sprintf(\"it cannot be told",
			wrong:    "	case false:\n		return fmt.Sprintf(\"it cannot be told",
			packages: []string{inventories}, tests: "TestPruneKeeps|TestPruneIsNotMisled",
		},
		{
			name: "prune removes the only copy", file: "utils/inventory/confirm.go",
			right:    "		if why, err := p.onlyCopy(ctx, o, h.Image); why != \"\" || err != nil {",
			wrong:    "		if why, err := p.onlyCopy(ctx, o, h.Image); false {",
			packages: []string{inventories}, tests: "TestPruneKeeps",
		},
		{
			name: "prune removes what another index lists", file: "utils/inventory/orphan.go",
			right:    "	return h.digests[o.subject] || h.needed[o.digest] || byDigest && h.opaque",
			wrong:    "	return h.digests[o.subject] || byDigest && h.opaque",
			packages: []string{pure}, tests: "Orphan",
		},
		{
			name: "prune looks at one image for the subject", file: "utils/inventory/orphan.go",
			right:    "o.subject != \"\" && !elsewhere(o.subject)",
			wrong:    "o.subject != \"\"",
			packages: []string{pure}, tests: "Orphan",
		},
		{
			name: "quarantine deletes before it copies", file: "utils/inventory/remove.go",
			right:    "		if err := r.keep(ctx, m.Orphan); err != nil {",
			wrong:    "		if err := r.Mover.Delete(ctx, m.Folder()); err != nil {\n			return err\n		}\n		if err := r.keep(ctx, m.Orphan); err != nil {",
			packages: []string{inventories}, tests: "Quarantine",
		},
		{
			name: "one failure ends a repair", file: "utils/inventory/repair.go",
			right:    "		result.Results = append(result.Results, results...)\n		return ctx.Err()",
			wrong:    "		result.Results = append(result.Results, results...)\n		return results[0].Err",
			packages: []string{inventories}, tests: "TestRepairGoesOn",
		},
		{
			name: "a shard is drawn by lot", file: "utils/inventory/selection.go",
			right:    "	return int64(sum.Sum32())%int64(s.Total) == int64(s.Index-1)",
			wrong:    "	return int64(sum.Sum32())%int64(s.Total+1) == int64(s.Index-1)",
			packages: []string{pure}, tests: "Shard",
		},
	}
}
