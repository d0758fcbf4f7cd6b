import { series, stat } from './build';
import type { DashboardSpec } from './build';
import {
  auditEvents, database, glance, instanceVariable, of, processRow, rpc,
  sealLag, starts,
} from './parts';
import { max, quantile, rate, share, sum } from './promql';

const mine = of('attestation_verifier');
const appraisals = `otrp_appraisal_total{${mine}}`;
const refused = `otrp_appraisal_total{${mine}, verdict="refused"}`;
const appraise = `${mine}, method=~".*\\\\.Appraise"`;

export const attestationVerifier: DashboardSpec = {
  name: 'attestation_verifier',
  title: 'attestation_verifier',
  description: 'Which devices are believed, and why not.',
  tags: ['service'],
  variables: [instanceVariable('attestation_verifier')],
  marks: starts(mine),
  rows: [
    glance(
        'attestation_verifier',
        stat({
          title: 'Appraisals',
          description: 'Per second, one for each TEE of a ' +
              'GetDeviceStateResponse.',
          queries: [{ expr: sum(rate(appraisals)) }],
          unit: 'ops',
          graph: true,
        }),
        stat({
          title: 'Share refused',
          description: 'Of the appraisals.',
          queries: [{ expr: share(sum(rate(refused)), sum(rate(appraisals))) }],
          unit: 'percentunit',
          graph: true,
        }),
        stat({
          title: '95% within',
          description: 'Time of an appraisal, 95th percentile; a device ' +
              'waits for it.',
          queries: [{
            expr: quantile(0.95, 'otrp_rpc_duration_seconds', appraise),
          }],
          unit: 's',
          limits: [[0.05, 'orange'], [0.5, 'red']],
          graph: true,
        }),
        stat({
          title: 'Devices refused',
          description: 'Devices whose last verdict was a refusal, by the ' +
              'tsm\'s records.',
          queries: [{
            expr: max('otrp_devices{job="tsm", state="refused"}'),
          }],
          unit: 'none',
          graph: true,
          more: 'fleet',
        })),
    {
      title: 'Appraisals',
      panels: [
        series({
          title: 'Appraisals by verdict',
          description: 'Refusals that grow: a new kind of device, anchors ' +
              'or policy, or an attack. "otrpctl device show" says the ' +
              'reasons.',
          queries: [{
            expr: sum(rate(appraisals), 'verdict'), legend: '{{verdict}}',
          }],
          unit: 'ops',
          stacked: true,
          width: 6,
        }),
        series({
          title: 'Share refused',
          description: 'Over all instances shown.',
          queries: [{
            expr: share(sum(rate(refused)), sum(rate(appraisals))),
            legend: 'refused',
          }],
          unit: 'percentunit',
          width: 6,
        }),
        series({
          title: 'Time of an appraisal',
          description: 'Chain, revocation, policy and one insert.',
          queries: [0.5, 0.95, 0.99].map((q) => ({
            expr: quantile(q, 'otrp_rpc_duration_seconds', appraise),
            legend: `${q * 100}%`,
          })),
          unit: 's',
          width: 6,
        }),
        series({
          title: 'CPU per appraisal',
          description: 'All CPU time of the process over its appraisals.',
          queries: [{
            expr: `${sum(rate(`otrp_process_cpu_seconds_total{${mine}}`))} ` +
                `/ ${sum(rate(appraisals))}`,
            legend: 'CPU',
          }],
          unit: 's',
          width: 6,
        }),
        auditEvents(mine, 12),
        sealLag(mine, 12),
      ],
    },
    {
      title: 'What runs out',
      panels: [
        series({
          title: 'Devices overdue',
          description: 'Accepted devices that haven\'t attested within the ' +
              'policy\'s attest_by_hours; counted up to 10000.',
          queries: [{
            expr: max(`otrp_devices_overdue{${mine}}`), legend: 'overdue',
          }],
          unit: 'short',
          width: 8,
        }),
        series({
          title: 'Sources of revocation data',
          description: 'Third parties\' CRLs and OCSP responders. Stale: ' +
              'what was had has run out, or nothing was had yet.',
          queries: [{
            expr: max(`otrp_revocation_sources{${mine}}`, 'state'),
            legend: '{{state}}',
          }],
          unit: 'short',
          width: 8,
        }),
        series({
          title: 'Age of revocation data',
          description: 'Since when the source that was read longest ago has ' +
              'not been.',
          queries: [{
            expr: max(`otrp_revocation_source_age_seconds{${mine}}`),
            legend: 'oldest',
          }],
          unit: 's',
          width: 8,
        }),
      ],
    },
    rpc('attestation_verifier'),
    database('attestation_verifier'),
    processRow('attestation_verifier'),
  ],
};
