// Rows that the services' dashboards share. `mine` picks the series of one
// service, as far as the variable "instance" lets them through.

import type { VariableModel } from '@grafana/schema';

import { labelVariable, series, stat, states } from './build';
import type { DashboardSpec, Row, Sized } from './build';
import { max, min, quantile, rate, share, sum } from './promql';
// deploy/services.json.
import table = require('./services.json');

export const SERVICES: ReadonlyArray<{ name: string; schema?: string }> =
    table;
export const JOBS = SERVICES.map(({ name }) => name);
// One of JOBS.
export type Job = string;

// All processes of the suite.
export const OURS = `job=~"${JOBS.join('|')}"`;

// Answers that are our fault, not the caller's.
export const SERVER_FAULT =
    'code=~"UNKNOWN|DEADLINE_EXCEEDED|RESOURCE_EXHAUSTED|INTERNAL|' +
    'UNAVAILABLE|DATA_LOSS"';

// Devices' messages at the gateway.
export const DEVICES = 'job="gateway", route=~"otrp|otrp_pei03"';

// What Prometheus and probes ask the metrics port is no traffic.
export const NO_PROBES = 'route!~"metrics|livez|readyz"';

export const READY_TEXT = {
  0: { text: 'not ready', color: 'red' },
  1: { text: 'ready', color: 'green' },
};

export function of(job: Job): string {
  if (!JOBS.includes(job)) {
    throw new Error(`no service ${job}: deploy/services.json`);
  }
  return `job="${job}", instance=~"$instance"`;
}

export function instanceVariable(job: Job): VariableModel {
  return labelVariable('instance', 'instance',
                       `otrp_build_info{job="${job}"}`,
                       'Processes of this service.');
}

// Whatever began to run within the last minute; also where a new process comes
// under a new name, as in Kubernetes.
export function starts(selector: string): NonNullable<DashboardSpec['marks']> {
  return [{
    name: 'Starts',
    expr: `otrp_process_start_time_seconds{${selector}} > time() - 60`,
    text: '{{job}} {{instance}} started',
    color: 'orange',
  }];
}

// --- A service at a glance -------------------------------------------------

export function glance(job: Job, ...more: Sized[]): Row {
  const mine = of(job);
  return {
    title: 'At a glance',
    panels: [
      stat({
        title: 'Ready',
        description: 'Processes whose /readyz says yes, of those that ' +
            'Prometheus reaches.',
        queries: [
          { expr: sum(`otrp_ready{${mine}}`), legend: 'ready' },
          { expr: sum(`up{${mine}}`), legend: 'reached' },
        ],
        unit: 'none',
        limits: [[-Infinity, 'red'], [1, 'green']],
      }),
      stat({
        title: 'Version',
        description: 'Versions that run; two of them only while one is ' +
            'rolled out.',
        queries: [{
          expr: `count by (version) (otrp_build_info{${mine}})`,
          legend: '{{version}}',
        }],
        unit: 'none',
        colour: 'none',
      }),
      ...more,
    ],
  };
}

// --- RPC -------------------------------------------------------------------

export function rpc(job: Job): Row {
  const mine = of(job);
  const handled = `otrp_rpc_handled_total{${mine}}`;
  return {
    title: 'Calls (gRPC)',
    panels: [
      series({
        title: 'Calls answered',
        description: 'Per second and method.',
        queries: [{
          expr: sum(rate(handled), 'method'), legend: '{{method}}',
        }],
        unit: 'reqps',
      }),
      series({
        title: 'Calls not answered OK',
        description: 'By method and status. Codes like NOT_FOUND or ' +
            'PERMISSION_DENIED are what the caller did; UNAVAILABLE, ' +
            'INTERNAL, DEADLINE_EXCEEDED are ours.',
        queries: [{
          expr: sum(rate(`otrp_rpc_handled_total{${mine}, code!="OK"}`),
                    'method', 'code'),
          legend: '{{method}} {{code}}',
        }],
        unit: 'reqps',
      }),
      series({
        title: 'Share of calls that failed by our fault',
        description: 'Server-side status codes over all. Above 1% for ' +
            'minutes: read the log for what it names.',
        queries: [{
          expr: share(
              sum(rate(`otrp_rpc_handled_total{${mine}, ${SERVER_FAULT}}`)),
              sum(rate(handled))),
          legend: 'failed',
        }],
        unit: 'percentunit',
        limits: [[0.01, 'red']],
      }),
      series({
        title: 'Time in the handler',
        description: 'Median, 95th and 99th percentile over all methods.',
        queries: [0.5, 0.95, 0.99].map((q) => ({
          expr: quantile(q, 'otrp_rpc_duration_seconds', mine),
          legend: `${q * 100}%`,
        })),
        unit: 's',
      }),
      series({
        title: 'Time in the handler by method, 95th percentile',
        description: 'Which call is slow.',
        queries: [{
          expr: quantile(0.95, 'otrp_rpc_duration_seconds', mine, 'method'),
          legend: '{{method}}',
        }],
        unit: 's',
      }),
      series({
        title: 'Calls in their handlers',
        description: 'Rises without more calls: something behind is slow, ' +
            'the database first of all.',
        queries: [{
          expr: sum(`otrp_rpc_in_flight{${mine}}`, 'instance'),
          legend: '{{instance}}',
        }],
        unit: 'none',
      }),
    ],
  };
}

// --- The database, as the service sees it ----------------------------------

export function database(job: Job): Row {
  const mine = of(job);
  const seconds = 'otrp_db_transaction_duration_seconds';
  return {
    title: 'Database, as the service sees it',
    panels: [
      series({
        title: 'Transactions',
        description: 'Per second and instance.',
        queries: [{
          expr: sum(rate(`${seconds}_count{${mine}}`), 'instance'),
          legend: '{{instance}}',
        }],
        unit: 'ops',
        width: 6,
      }),
      series({
        title: 'Time of a transaction',
        description: 'Repetitions after a conflict included, and the wait ' +
            'for a connection, which is shown by itself, too: a process in ' +
            'which it takes long says that it isn\'t ready.',
        queries: [
          ...[0.5, 0.95, 0.99].map((q) => ({
            expr: quantile(q, seconds, mine), legend: `${q * 100}%`,
          })),
          {
            expr: quantile(0.99, 'otrp_queue_duration_seconds',
                           `${mine}, queue="database"`),
            legend: 'wait for a connection, 99%',
          },
        ],
        unit: 's',
        width: 6,
      }),
      series({
        title: 'Connections',
        description: 'In use, waited for, and at most, over the instances ' +
            'shown. Callers that wait: the pool is too small or the ' +
            'database too slow.',
        queries: [
          { expr: sum(`otrp_db_pool_in_use{${mine}}`), legend: 'in use' },
          { expr: sum(`otrp_db_pool_waiting{${mine}}`), legend: 'waiting' },
          { expr: sum(`otrp_db_pool_size{${mine}}`), legend: 'at most' },
        ],
        unit: 'none',
        width: 6,
      }),
      series({
        title: 'Failed transactions',
        description: 'What the infrastructure made fail, by status; a ' +
            'conflict that a repetition solved is not among them. No ' +
            'series: none has failed since the start.',
        queries: [{
          expr: sum(rate(`otrp_db_failures_total{${mine}}`), 'code'),
          legend: '{{code}}',
        }],
        unit: 'ops',
        width: 6,
      }),
    ],
  };
}

// --- The process -----------------------------------------------------------

export function processRow(job: Job): Row {
  const mine = of(job);
  return {
    title: 'Processes',
    panels: [
      states({
        title: 'Readiness',
        description: 'What /readyz said; its text says why not.',
        queries: [{
          expr: max(`otrp_ready{${mine}}`, 'instance'),
          legend: '{{instance}}',
        }],
        unit: 'none',
        width: 8,
      }, READY_TEXT),
      series({
        title: 'CPU',
        description: 'Cores in use by each process.',
        queries: [{
          expr: rate(`otrp_process_cpu_seconds_total{${mine}}`),
          legend: '{{instance}}',
        }],
        unit: 'short',
        width: 8,
      }),
      series({
        title: 'Memory',
        description: 'Resident memory of each process, and what malloc ' +
            'has in use. A steady rise of the latter over days is a leak; ' +
            'the rest is mostly kept for the next messages.',
        queries: [{
          expr: `otrp_process_resident_memory_bytes{${mine}}`,
          legend: '{{instance}}',
        }, {
          expr: `otrp_process_malloc_bytes{${mine}, state="in_use"}`,
          legend: '{{instance}} in use',
        }],
        unit: 'bytes',
        width: 8,
      }),
      series({
        title: 'Open files',
        description: 'File descriptors, connections among them.',
        queries: [{
          expr: `otrp_process_open_fds{${mine}}`, legend: '{{instance}}',
        }],
        unit: 'none',
        width: 8,
      }),
      series({
        title: 'Requests to the metrics port',
        description: 'By Prometheus and by probes, with their answers; a ' +
            'readyz with 503 is a process that is not ready.',
        queries: [{
          expr: sum(rate('otrp_http_requests_total{' +
                         `${mine}, route=~"metrics|livez|readyz"}`),
                    'route', 'code'),
          legend: '{{route}} {{code}}',
        }],
        unit: 'reqps',
        width: 8,
      }),
      series({
        title: 'Age',
        description: 'Time since each process started; it drops at a ' +
            'restart.',
        queries: [{
          expr: `time() - otrp_process_start_time_seconds{${mine}}`,
          legend: '{{instance}}',
        }],
        unit: 's',
        width: 8,
      }),
    ],
  };
}

// --- Audit -----------------------------------------------------------------

export function auditEvents(selector: string, width = 8): Sized {
  return series({
    title: 'Audit events',
    description: 'One for each changing call and for each message refused.',
    queries: [{
      expr: sum(rate(`otrp_audit_events_total{${selector}}`), 'action',
                'outcome'),
      legend: '{{action}} {{outcome}}',
    }],
    unit: 'ops',
    width,
  });
}

export function sealLag(selector: string, width = 8): Sized {
  return series({
    title: 'Audit seal lag',
    description: 'Age of the oldest audit event that is not in the chain of ' +
        'hashes yet. Sealing runs every 10 seconds: above a minute, the ' +
        'sealer is stuck, and what is not sealed can be changed unseen.',
    queries: [{
      expr: max(`otrp_audit_seal_lag_seconds{${selector}}`, 'schema'),
      legend: '{{schema}}',
    }],
    unit: 's',
    limits: [[60, 'red']],
    width,
  });
}

export function purgeLag(selector: string, width = 8): Sized {
  return series({
    title: 'Purge lag',
    description: 'For how long the oldest row has been due for removal. ' +
        'Purges run every few seconds: where this grows, rows come faster ' +
        'than they go, and the table grows with it.',
    queries: [{
      expr: max(`otrp_purge_lag_seconds{${selector}}`, 'schema', 'table'),
      legend: '{{schema}}.{{table}}',
    }],
    unit: 's',
    limits: [[3600, 'red']],
    width,
  });
}

// --- Things that expire ----------------------------------------------------

export function remaining(metric: string, selector: string): string {
  return `${min(`${metric}{${selector}}`, 'name')} - time()`;
}

export function certificates(selector: string, width = 8): Sized {
  return series({
    title: 'Certificates: time left',
    description: 'Of the certificates that the service uses itself. They ' +
        'are renewed long before: below three days, renewal fails.',
    queries: [{
      expr: remaining('otrp_certificate_expiry_timestamp_seconds', selector),
      legend: '{{name}}',
    }],
    unit: 's',
    width,
  });
}

export function staples(selector: string, width = 8): Sized {
  return series({
    title: 'OCSP staples: time left',
    description: 'Until nextUpdate of the OCSP responses that go out to ' +
        'devices. Below an hour: the ca does not answer, and devices will ' +
        'refuse the TSM.',
    queries: [{
      expr: remaining('otrp_ocsp_staple_expiry_timestamp_seconds', selector),
      legend: '{{name}}',
    }],
    unit: 's',
    width,
  });
}

export function revocations(selector: string, width = 8): Sized {
  return series({
    title: 'Revocations: age of what is known',
    description: 'Since when a process hasn\'t learned which callers, or ' +
        'signers of images, are revoked. It asks every few seconds: where ' +
        'this grows, what is revoked now still counts there.',
    queries: [{
      expr: 'time() - ' + min(
        `otrp_revocations_current_timestamp_seconds{${selector}}`,
        'job', 'of'),
      legend: '{{job}} {{of}}',
    }],
    unit: 's',
    limits: [[600, 'red']],
    width,
  });
}

export function callersRefused(selector: string, width = 8): Sized {
  return series({
    title: 'Callers refused by revocation',
    description: 'Calls and requests with a good certificate that is ' +
        'revoked, on the deny list, or came while nothing was known.',
    queries: [{
      expr: sum(rate(`otrp_callers_refused_total{${selector}}`), 'job', 'why'),
      legend: '{{job}} {{why}}',
    }],
    unit: 'ops',
    width,
  });
}

export function crls(selector: string, width = 8): Sized {
  return series({
    title: 'CRLs: time left',
    description: 'Until nextUpdate of each authority\'s CRL. After it, ' +
        'those who check revocation refuse its certificates.',
    queries: [{
      expr: remaining('otrp_crl_expiry_timestamp_seconds', selector),
      legend: '{{name}}',
    }],
    unit: 's',
    width,
  });
}

// --- Outbox ----------------------------------------------------------------

export function outboxPending(selector: string, width = 8): Sized {
  return series({
    title: 'Outbox: not delivered yet',
    description: 'Events that the tsm has not got. Grows while the tsm is ' +
        'away, and falls to zero when it is back.',
    queries: [{
      expr: max(`otrp_outbox_pending{${selector}}`, 'schema'),
      legend: '{{schema}}',
    }],
    unit: 'none',
    width,
  });
}

export function outboxHeldUp(selector: string, width = 8): Sized {
  return series({
    title: 'Outbox: held up',
    description: 'Lanes (one a service provider) whose first event is parked ' +
        'or waits for its next try, and the events that are parked: they wait ' +
        'for an operator (otrpctl outbox list).',
    queries: [
      {
        expr: max(`otrp_outbox_lanes_waiting{${selector}}`, 'schema'),
        legend: '{{schema}}: lanes',
      },
      {
        expr: max(`otrp_outbox_parked{${selector}}`, 'schema'),
        legend: '{{schema}}: parked',
      },
    ],
    unit: 'none',
    limits: [[1, 'red']],
    width,
  });
}

export function outboxAge(selector: string, width = 8): Sized {
  return series({
    title: 'Outbox: age of the oldest',
    description: 'How long the oldest event waits; zero: none waits.',
    queries: [{
      expr: max(`otrp_outbox_oldest_age_seconds{${selector}}`, 'schema'),
      legend: '{{schema}}',
    }],
    unit: 's',
    limits: [[300, 'red']],
    width,
  });
}
