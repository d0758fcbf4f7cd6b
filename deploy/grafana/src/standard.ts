import type { DashboardSpec } from './build';
import {
  database, glance, instanceVariable, of, processRow, rpc, starts,
} from './parts';
import type { Job } from './parts';

// What every service shows; for one that has no page of its own.
export function standard(job: Job, hasDatabase: boolean): DashboardSpec {
  return {
    name: job,
    title: job,
    description: 'Calls, database and processes of this service.',
    tags: ['service'],
    variables: [instanceVariable(job)],
    marks: starts(of(job)),
    rows: [
      glance(job),
      rpc(job),
      ...(hasDatabase ? [database(job)] : []),
      processRow(job),
    ],
  };
}
