// The queue of the reviewers, and what was decided.
import type { Schemas } from "../api";
import { useList } from "../live";
import { Link, setQuery } from "../router";
import { useRights } from "../session";
import { ListTable, Page, Section, Time } from "../ui";
import { ReviewBadge } from "./applications";
import { Approve, Reject } from "./version";

type State = Schemas["ReviewState"];

const STATES: [string, string][] = [
  ["REVIEW_STATE_SUBMITTED", "Waiting"],
  ["REVIEW_STATE_APPROVED", "Approved"],
  ["REVIEW_STATE_REJECTED", "Rejected"],
  ["REVIEW_STATE_UNSPECIFIED", "All"],
];

export function Reviews({ query }: { query: URLSearchParams }) {
  const rights = useRights();
  const asked = query.get("state") ?? "";
  const state = STATES.some(([one]) => one === asked) ? asked
    : "REVIEW_STATE_SUBMITTED";
  const list = useList("/v1/reviews", {
    query: { pageSize: 100, state: state as State,
             spid: rights.spid ?? "" } }, (answer) => answer.reviews);
  const decides = rights.reviews && state === "REVIEW_STATE_SUBMITTED";
  return (
    <Page title="Reviews" live={list.live}>
      <div class="filters">
        <div class="field">
          <label for="review-state">Show</label>
          <select id="review-state" value={state} onChange={(event) => {
            setQuery({ state: event.currentTarget.value });
          }}>
            {STATES.map(([value, words]) => (
              <option key={value} value={value}>{words}</option>
            ))}
          </select>
        </div>
      </div>
      <Section title="Oldest first">
        <ListTable list={list} count="Reviews"
                   caption="Reviews, oldest first" hidden
                   keyOf={(row) => row.reviewId} empty="None."
                   columns={[
                     { name: "Application", cell: (row) => (
                       <Link to={["applications", row.spid, row.taid]}>
                         {row.taid}
                       </Link>) },
                     { name: "Version", cell: (row) => (
                       <Link to={["applications", row.spid, row.taid,
                                  row.version]}>{row.version}</Link>) },
                     { name: "Service provider", cell: (row) => row.spid },
                     { name: "State", cell: (row) => (
                       <ReviewBadge state={row.state} />) },
                     { name: "Submitted by", cell: (row) => row.submittedBy },
                     { name: "Submitted", cell: (row) => (
                       <Time of={row.submittedAt} />) },
                     { name: "Checks passed",
                       cell: (row) => row.checks.join(", ") },
                     ...(decides ? [{
                       name: "Decide", cell: (row: Schemas["Review"]) => (
                         <div class="buttons">
                           <Approve which={row} done={list.reload} />
                           <Reject which={row} done={list.reload} />
                         </div>) }] : [{
                       name: "Reason", cell: (row: Schemas["Review"]) =>
                         row.reason || "–" }])]} />
      </Section>
    </Page>
  );
}
