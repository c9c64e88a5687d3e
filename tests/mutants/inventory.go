package main

import "slices"

const (
	inventories = "./tests/inventory"
	pure        = "./utils/inventory"
	orphans     = "./utils/prune"
)

func inventoryMistakes() []mutant {
	return slices.Concat(auditMistakes(), pruneMistakes(), removeMistakes(), repairMistakes())
}

// auditMistakes let a search or an error turn into "unsigned", or what no verifier finds into "signed".
func auditMistakes() []mutant {
	return []mutant{
		{
			name: "a search proves absence", file: "utils/audit/image.go",
			right:    "	if state != Signed && state != Unknown {",
			wrong:    "	if false {",
			packages: []string{inventories}, tests: "Misled",
		},
		{
			name: "an error while probing is no doubt", file: "utils/audit/confirm.go",
			right:    "	if err != nil && !inventory.Absent(err) {\n		seen.doubt",
			wrong:    "	if false {\n		seen.doubt",
			packages: []string{inventories}, tests: "Misled",
		},
		{
			name: "what cannot be read is attached to nothing", file: "utils/inventory/discover.go",
			right:    "			index.markOpaque(reference.DigestFolder(d), err)",
			wrong:    "			_ = err",
			packages: []string{inventories}, tests: "CannotBeRead",
		},
		{
			name: "a tag alone attaches a chart to what is nowhere", file: "utils/inventory/lookalike.go",
			right:    "	return onlyNamed && !index.Digests()[subject]",
			wrong:    "	return false && onlyNamed && !index.Digests()[subject]",
			packages: []string{inventories}, tests: "Charts",
		},
		{
			name: "referrers that cannot be listed are none", file: "utils/inventory/referrers.go",
			right:    "	case err != nil:\n		index.add(subject, Attached{ Name: referrersList",
			wrong:    "	case err != nil && false:\n		index.add(subject, Attached{ Name: referrersList",
			packages: []string{inventories}, tests: "Misled",
		},
		{
			name: "a record without its payload signs", file: "utils/inventory/blobs.go",
			right:    "		case !there:\n			index.mark(subject, h.Name, Dangling,",
			wrong:    "		case !there && false:\n			index.mark(subject, h.Name, Dangling,",
			packages: []string{inventories}, tests: "Judge",
		},
		{
			name: "a referrer that nothing lists signs", file: "utils/inventory/discover.go",
			right:    "		Condition: Unlisted, Why:",
			wrong:    "		Condition: Sound, Why:",
			packages: []string{inventories}, tests: "Judge",
		},
		{
			name: "trimmed searches are whole", file: "utils/artifactory/files.go",
			right:    "	return trimmed == nil || len(digits) == maxSplit || c.parts(ctx, p, digits)",
			wrong:    "	return true",
			packages: []string{inventories}, tests: "Judge",
		},
	}
}

// pruneMistakes remove what somebody needs.
func pruneMistakes() []mutant {
	return []mutant{
		{
			name: "prune removes when looking failed", file: "utils/prune/confirm.go",
			right:    "	case !inventory.Absent(err):\n		return fmt.Sprintf(\"it cannot be told",
			wrong:    "	case false:\n		return fmt.Sprintf(\"it cannot be told",
			packages: []string{inventories}, tests: "TestPruneKeeps|TestPruneIsNotMisled",
		},
		{
			name: "prune looks for the subject in one repository", file: "utils/prune/serves.go",
			right:    "		default:\n			return p.needs(ctx, o, h.Image)",
			wrong:    "		default:\n			continue",
			packages: []string{inventories}, tests: "TestPruneKeeps",
		},
		{
			name: "prune takes everybody for an administrator", file: "utils/prune/rights.go",
			right:    "	if !admin && len(p.Subjects) == 0 {",
			wrong:    "	if admin = true; false {",
			packages: []string{inventories}, tests: "TestPruneProves",
		},
		{
			name: "prune decides by names", file: "utils/prune/object.go",
			right:    "	case known && (info.Shape.Runs ||",
			wrong:    "	case looksAttached && !f.List:\n		o.subject = named\n	case known && (info.Shape.Runs ||",
			packages: []string{inventories}, tests: "TestPruneSparesImages",
		},
		{
			name: "prune removes what it sees for the first time", file: "utils/prune/seen.go",
			right:    "	case o.Seen.IsZero(), due.After(p.At):",
			wrong:    "	case due.Before(p.Before):",
			packages: []string{inventories}, tests: "TestPruneWaits",
		},
		{
			name: "prune removes what another index lists", file: "utils/prune/orphan.go",
			right:    "	return h.opaque || h.digests[o.subject] || h.listed[o.subject] || h.needed[o.digest]",
			wrong:    "	return h.opaque || h.digests[o.subject] || h.listed[o.subject]",
			packages: []string{orphans}, tests: "Orphan",
		},
		{
			name: "prune looks at one image for the subject", file: "utils/prune/orphan.go",
			right:    "o.subject != \"\" && !elsewhere(o.subject)",
			wrong:    "o.subject != \"\"",
			packages: []string{orphans}, tests: "Orphan",
		},
	}
}

// removeMistakes remove too much, too early or in the wrong order.
func removeMistakes() []mutant {
	return []mutant{
		{
			name: "quarantine deletes before it copies", file: "utils/prune/remove.go",
			right:    "		if err := r.copyToQuarantine(ctx, m.Orphan); err != nil {",
			wrong:    "		if err := r.Mover.Delete(ctx, m.Folder()); err != nil {\n			return err\n		}\n		if err := r.copyToQuarantine(ctx, m.Orphan); err != nil {",
			packages: []string{inventories}, tests: "Quarantine",
		},
		{
			name: "prune remembers what came back", file: "utils/prune/seen.go",
			right:    "return o.Digest == s.Digest && !o.Back",
			wrong:    "return o.Digest == s.Digest",
			packages: []string{inventories}, tests: "PruneForgets",
		},
		{
			name: "prune sees all that is there", file: "utils/prune/rights.go",
			right:    "	if p.all || len(subjects) == 0 {",
			wrong:    "	if true {",
			packages: []string{inventories}, tests: "Hidden",
		},
		{
			name: "prune removes the list of what is left", file: "utils/prune/remove.go",
			right:    "	if m.KeepReason == \"\" && left.needs(m.Orphan) {",
			wrong:    "	if false {",
			packages: []string{inventories}, tests: "LeavesTheList",
		},
		{
			name: "a manifest in the quarantine is all of it", file: "utils/prune/quarantine.go",
			right:    "len(own.Lacking(copied)) == 0",
			wrong:    "len(own.Lacking(copied)) >= 0",
			packages: []string{inventories}, tests: "QuarantineHas",
		},
		{
			name: "a shard is drawn by lot", file: "utils/inventory/selection.go",
			right:    "	return int64(sum.Sum32())%int64(s.Total) == int64(s.Index-1)",
			wrong:    "	return int64(sum.Sum32())%int64(s.Total+1) == int64(s.Index-1)",
			packages: []string{pure}, tests: "Shard",
		},
	}
}

// repairMistakes bring what nobody asked for, or give up too early.
func repairMistakes() []mutant {
	return []mutant{
		{
			name: "one failure ends a repair", file: "utils/repair/repair.go",
			right:    "			result.add(one)\n		}\n		return ctx.Err()",
			wrong:    "			result.add(one)\n		}\n		return results[0].Err",
			packages: []string{inventories}, tests: "TestRepairGoesOn",
		},
		{
			name: "repair brings what a stranger made", file: "utils/repair/share.go",
			right:    "	case good == 0:\n		return nil, \"nothing in it",
			wrong:    "	case good == 0 && false:\n		return nil, \"nothing in it",
			packages: []string{inventories}, tests: "TestRepairBringsWhatVerifies",
		},
		{
			name: "repair compares records by their names", file: "utils/audit/sources.go",
			right:    "		if isThere && (!others ||",
			wrong:    "		if isThere && (true ||",
			packages: []string{inventories}, tests: "LooksInto",
		},
		{
			name: "repair brings back what was taken away", file: "utils/audit/denied.go",
			right:    "			if !quarantined && comes {",
			wrong:    "			if quarantined || comes || true {",
			packages: []string{inventories}, tests: "TestRepairBringsBackNothing",
		},
	}
}
