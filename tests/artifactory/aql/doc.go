// Package aql parses and evaluates Artifactory Query Language for the items domain, as the Artifactory double needs it.
//
// It is an evaluator, not a table of known queries: whatever a client asks is answered from the items it is given. What
// no document and no client shows is refused with a [SyntaxError] rather than guessed, so that a client which passes
// here relies on known behaviour only. Where a real server surprises, so does this package:
//
//   - inside "$or" all criteria are alternatives, also those that share one pair of braces; write {"$and":[{…}]} to bind
//     them (JFrog's own client depends on it for its exclusions);
//   - wildcards mean something to $match and $nmatch only;
//   - a query finds files unless it says "type";
//   - rows that the user may not read vanish after the limit was applied, so a short page is not the last one;
//   - "total" counts the rows of this answer, and an unknown repository is just an empty answer;
//   - with a property among the results limit and offset count item × property rows and sort has no effect;
//   - without sort the order is that of the items given: hand them over in random order to find clients that rely on it.
package aql
