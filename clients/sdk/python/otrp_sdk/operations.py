"""Made by clients/sdk/python/generate.py of docs/openapi.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast
from urllib.parse import quote

from otrp_sdk import models


def part(value: str | int) -> str:
    """Of a path: nothing in it begins another one."""
    if value in ("", ".", ".."):
        raise ValueError(f"{value!r} is no part of a path")
    return quote(str(value), safe="")


class Operations:
    """All that there is to ask; Client is what asks."""

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
        content: bytes | None = None,
        repeatable: bool = False,
        keyed: bool = False,
        idempotency_key: str | None = None,
    ) -> object:
        raise NotImplementedError

    def list_applications(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListApplicationsResponse:
        """Lists applications with their versions, without images."""
        return cast(models.ListApplicationsResponse, self._call(
            "GET",
            "/v1/applications",
            query={
                "spid": spid,
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_applications(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
    ) -> Iterator[models.Application]:
        """Lists applications with their versions, without images."""
        token: str | None = None
        while token != "":
            page = self.list_applications(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["applications"]
            token = page["nextPageToken"]

    def list_assignments(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListAssignmentsResponse:
        """Lists which devices shall have which application."""
        return cast(models.ListAssignmentsResponse, self._call(
            "GET",
            "/v1/assignments",
            query={
                "spid": spid,
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_assignments(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
    ) -> Iterator[models.Assignment]:
        """Lists which devices shall have which application."""
        token: str | None = None
        while token != "":
            page = self.list_assignments(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["assignments"]
            token = page["nextPageToken"]

    def list_appraisals(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        did: str | None = None,
    ) -> models.ListAppraisalsResponse:
        """Lists appraisals, newest first."""
        return cast(models.ListAppraisalsResponse, self._call(
            "GET",
            "/v1/attestation/appraisals",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "did": did,
            },
        ))

    def each_appraisals(
        self,
        *,
        pageSize: int | None = None,
        did: str | None = None,
    ) -> Iterator[models.Appraisal]:
        """Lists appraisals, newest first."""
        token: str | None = None
        while token != "":
            page = self.list_appraisals(
                pageSize=pageSize,
                pageToken=token,
                did=did,
            )
            yield from page["appraisals"]
            token = page["nextPageToken"]

    def list_audit_events_of_attestation(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        subject: str | None = None,
        actionPrefix: str | None = None,
    ) -> models.ListAuditEventsResponse:
        """Lists events, newest first (attestation)."""
        return cast(models.ListAuditEventsResponse, self._call(
            "GET",
            "/v1/attestation/audit-events",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "subject": subject,
                "actionPrefix": actionPrefix,
            },
        ))

    def each_audit_events_of_attestation(
        self,
        *,
        pageSize: int | None = None,
        subject: str | None = None,
        actionPrefix: str | None = None,
    ) -> Iterator[models.AuditEvent]:
        """Lists events, newest first (attestation)."""
        token: str | None = None
        while token != "":
            page = self.list_audit_events_of_attestation(
                pageSize=pageSize,
                pageToken=token,
                subject=subject,
                actionPrefix=actionPrefix,
            )
            yield from page["events"]
            token = page["nextPageToken"]

    def verify_audit_log_of_attestation(
        self,
        *,
        afterSeal: str | None = None,
    ) -> models.VerifyAuditLogResponse:
        """Recomputes the hash chain over sealed events, a part of it at a
        time: as long as the answer has a nextAfterSeal, ask for the next part
        with it (attestation)."""
        return cast(models.VerifyAuditLogResponse, self._call(
            "GET",
            "/v1/attestation/audit-events:verify",
            query={
                "afterSeal": afterSeal,
            },
        ))

    def list_evidence_anchors(
        self,
    ) -> models.ListEvidenceAnchorsResponse:
        """Lists them, in the order of their names."""
        return cast(models.ListEvidenceAnchorsResponse, self._call(
            "GET",
            "/v1/attestation/evidence-anchors",
        ))

    def add_evidence_key(
        self,
        *,
        anchor: str,
        keyId: str | None = None,
        spki: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.AddEvidenceKeyResponse:
        """Registers the key that one device signs its tokens with."""
        return cast(models.AddEvidenceKeyResponse, self._call(
            "POST",
            f"/v1/attestation/evidence-anchors/{part(anchor)}/keys",
            body={
                "keyId": keyId,
                "spki": spki,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_evidence_keys(
        self,
        *,
        anchor: str,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListEvidenceKeysResponse:
        """Lists a maker's keys, in the order of their ids."""
        return cast(models.ListEvidenceKeysResponse, self._call(
            "GET",
            f"/v1/attestation/evidence-anchors/{part(anchor)}/keys",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_evidence_keys(
        self,
        *,
        anchor: str,
        pageSize: int | None = None,
    ) -> Iterator[models.EvidenceKey]:
        """Lists a maker's keys, in the order of their ids."""
        token: str | None = None
        while token != "":
            page = self.list_evidence_keys(
                anchor=anchor,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["keys"]
            token = page["nextPageToken"]

    def put_evidence_anchor(
        self,
        *,
        name: str,
        schemes: list[str] | None = None,
        idempotency_key: str | None = None,
    ) -> models.PutEvidenceAnchorResponse:
        """Says which schemes a maker's signatures count for; it holds at
        once."""
        return cast(models.PutEvidenceAnchorResponse, self._call(
            "PUT",
            f"/v1/attestation/evidence-anchors/{part(name)}",
            body={
                "schemes": schemes,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def delete_evidence_anchor(
        self,
        *,
        name: str,
        idempotency_key: str | None = None,
    ) -> models.DeleteEvidenceAnchorResponse:
        """Removes one that has no keys; its devices are refused at once, but
        for those by otrp-dsi whose root is still a trust anchor."""
        return cast(models.DeleteEvidenceAnchorResponse, self._call(
            "DELETE",
            f"/v1/attestation/evidence-anchors/{part(name)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def remove_evidence_key(
        self,
        *,
        keyId: str,
        idempotency_key: str | None = None,
    ) -> models.RemoveEvidenceKeyResponse:
        """Removes a device's key; the device is refused at once."""
        return cast(models.RemoveEvidenceKeyResponse, self._call(
            "DELETE",
            f"/v1/attestation/evidence-keys/{part(keyId)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def appraise_evidence(
        self,
        *,
        token: models.TokenEvidence | None = None,
        idempotency_key: str | None = None,
    ) -> models.AppraiseEvidenceResponse:
        """Appraises one token, as the tsm has its devices' evidence appraised:
        it is recorded, and the device's results say so."""
        return cast(models.AppraiseEvidenceResponse, self._call(
            "POST",
            "/v1/attestation/evidence:appraise",
            body={
                "token": token,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def reappraise_evidence(
        self,
        *,
        appraisalId: str | None = None,
        policy: models.Policy | None = None,
        dryRun: bool | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ReappraiseEvidenceResponse:
        """Judges kept evidence again by the trust anchors, reference values
        and policy of this moment, or by the policy that the request brings."""
        return cast(models.ReappraiseEvidenceResponse, self._call(
            "POST",
            "/v1/attestation/evidence:reappraise",
            body={
                "appraisalId": appraisalId,
                "policy": policy,
                "dryRun": dryRun,
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def explain_device(
        self,
        *,
        did: str,
    ) -> models.ExplainDeviceResponse:
        """Says by which policies a recorded device is judged at this moment,
        and which version and rule decide: for the device, and for each service
        provider with a policy."""
        return cast(models.ExplainDeviceResponse, self._call(
            "GET",
            f"/v1/attestation/explanations/{part(did)}",
        ))

    def list_overdue_devices(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListOverdueDevicesResponse:
        """Lists accepted devices that haven't attested for the policy's
        attestByHours, those that have been away longest first."""
        return cast(models.ListOverdueDevicesResponse, self._call(
            "GET",
            "/v1/attestation/overdue-devices",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_overdue_devices(
        self,
        *,
        pageSize: int | None = None,
    ) -> Iterator[models.OverdueDevice]:
        """Lists accepted devices that haven't attested for the policy's
        attestByHours, those that have been away longest first."""
        token: str | None = None
        while token != "":
            page = self.list_overdue_devices(
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["devices"]
            token = page["nextPageToken"]

    def get_policy(
        self,
    ) -> models.GetPolicyResponse:
        """Gets the policy that holds."""
        return cast(models.GetPolicyResponse, self._call(
            "GET",
            "/v1/attestation/policy",
        ))

    def set_policy(
        self,
        *,
        policy: models.Policy | None = None,
        expectedVersion: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SetPolicyResponse:
        """Makes a new version of the policy; it holds at once."""
        return cast(models.SetPolicyResponse, self._call(
            "PUT",
            "/v1/attestation/policy",
            body={
                "policy": policy,
                "expectedVersion": expectedVersion,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def create_policy_draft(
        self,
        *,
        scope: models.PolicyScope | None = None,
        policy: models.Policy | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.CreatePolicyDraftResponse:
        """Keeps a policy that isn't in force."""
        return cast(models.CreatePolicyDraftResponse, self._call(
            "POST",
            "/v1/attestation/policy-drafts",
            body={
                "scope": scope,
                "policy": policy,
                "note": note,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_policy_drafts(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListPolicyDraftsResponse:
        """Lists drafts, the newest first, also those that are in force or were
        discarded."""
        return cast(models.ListPolicyDraftsResponse, self._call(
            "GET",
            "/v1/attestation/policy-drafts",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_policy_drafts(
        self,
        *,
        pageSize: int | None = None,
    ) -> Iterator[models.PolicyDraft]:
        """Lists drafts, the newest first, also those that are in force or were
        discarded."""
        token: str | None = None
        while token != "":
            page = self.list_policy_drafts(
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["drafts"]
            token = page["nextPageToken"]

    def get_policy_draft(
        self,
        *,
        draftId: str,
    ) -> models.GetPolicyDraftResponse:
        """Gets a draft and what became of it, with who and when."""
        return cast(models.GetPolicyDraftResponse, self._call(
            "GET",
            f"/v1/attestation/policy-drafts/{part(draftId)}",
        ))

    def activate_policy_draft(
        self,
        *,
        draftId: str,
        expectedVersion: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ActivatePolicyDraftResponse:
        """Puts a tested draft into force as the next version of its scope."""
        return cast(models.ActivatePolicyDraftResponse, self._call(
            "POST",
            f"/v1/attestation/policy-drafts/{part(draftId)}:activate",
            body={
                "expectedVersion": expectedVersion,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def discard_policy_draft(
        self,
        *,
        draftId: str,
        idempotency_key: str | None = None,
    ) -> models.DiscardPolicyDraftResponse:
        """Gives a draft up that isn't in force."""
        return cast(models.DiscardPolicyDraftResponse, self._call(
            "POST",
            f"/v1/attestation/policy-drafts/{part(draftId)}:discard",
            body={
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def test_policy_draft(
        self,
        *,
        draftId: str,
        idempotency_key: str | None = None,
    ) -> models.TestPolicyDraftResponse:
        """Says what the draft would do to recorded devices, and notes that it
        was tested."""
        return cast(models.TestPolicyDraftResponse, self._call(
            "POST",
            f"/v1/attestation/policy-drafts/{part(draftId)}:test",
            body={
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_policy_versions(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListPolicyVersionsResponse:
        """Lists the versions that were ever set, newest first; the first one
        holds."""
        return cast(models.ListPolicyVersionsResponse, self._call(
            "GET",
            "/v1/attestation/policy-versions",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_policy_versions(
        self,
        *,
        pageSize: int | None = None,
    ) -> Iterator[models.PolicyVersion]:
        """Lists the versions that were ever set, newest first; the first one
        holds."""
        token: str | None = None
        while token != "":
            page = self.list_policy_versions(
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["versions"]
            token = page["nextPageToken"]

    def roll_back_policy(
        self,
        *,
        version: str | None = None,
        expectedVersion: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RollBackPolicyResponse:
        """Sets what an older version said as a new version; it holds at
        once."""
        return cast(models.RollBackPolicyResponse, self._call(
            "POST",
            "/v1/attestation/policy:roll-back",
            body={
                "version": version,
                "expectedVersion": expectedVersion,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def test_policy(
        self,
        *,
        policy: models.Policy | None = None,
        idempotency_key: str | None = None,
    ) -> models.TestPolicyResponse:
        """Says which recorded devices a policy would refuse, and by which
        rule, without setting it."""
        return cast(models.TestPolicyResponse, self._call(
            "POST",
            "/v1/attestation/policy:test",
            body={
                "policy": policy,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def set_price_of_attestation(
        self,
        *,
        kind: str | None = None,
        party: str | None = None,
        amountMinor: str | None = None,
        currency: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SetPriceResponse:
        """Sets what one thing costs from now on (attestation)."""
        return cast(models.SetPriceResponse, self._call(
            "POST",
            "/v1/attestation/prices",
            body={
                "kind": kind,
                "party": party,
                "amountMinor": amountMinor,
                "currency": currency,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_prices_of_attestation(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListPricesResponse:
        """Lists prices, each as long as it held, oldest first
        (attestation)."""
        return cast(models.ListPricesResponse, self._call(
            "GET",
            "/v1/attestation/prices",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_prices_of_attestation(
        self,
        *,
        pageSize: int | None = None,
    ) -> Iterator[models.Price]:
        """Lists prices, each as long as it held, oldest first
        (attestation)."""
        token: str | None = None
        while token != "":
            page = self.list_prices_of_attestation(
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["prices"]
            token = page["nextPageToken"]

    def list_reference_values(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListReferenceValuesResponse:
        """Lists the values, in the order of their names."""
        return cast(models.ListReferenceValuesResponse, self._call(
            "GET",
            "/v1/attestation/reference-values",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_reference_values(
        self,
        *,
        pageSize: int | None = None,
    ) -> Iterator[models.ReferenceValue]:
        """Lists the values, in the order of their names."""
        token: str | None = None
        while token != "":
            page = self.list_reference_values(
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["values"]
            token = page["nextPageToken"]

    def submit_reference_value(
        self,
        *,
        name: str,
        anchor: str | None = None,
        teeName: str | None = None,
        teeVersion: str | None = None,
        dryRun: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.SubmitReferenceValueResponse:
        """Submits a value, or changes one that is still submitted."""
        return cast(models.SubmitReferenceValueResponse, self._call(
            "PUT",
            f"/v1/attestation/reference-values/{part(name)}",
            body={
                "anchor": anchor,
                "teeName": teeName,
                "teeVersion": teeVersion,
                "dryRun": dryRun,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def delete_reference_value(
        self,
        *,
        name: str,
        idempotency_key: str | None = None,
    ) -> models.DeleteReferenceValueResponse:
        """Removes a value that is submitted or inactive: a withdrawn TEE is
        then again one that no value is about."""
        return cast(models.DeleteReferenceValueResponse, self._call(
            "DELETE",
            f"/v1/attestation/reference-values/{part(name)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def get_reference_value(
        self,
        *,
        name: str,
    ) -> models.GetReferenceValueResponse:
        """Gets a value and its history."""
        return cast(models.GetReferenceValueResponse, self._call(
            "GET",
            f"/v1/attestation/reference-values/{part(name)}",
        ))

    def activate_reference_value(
        self,
        *,
        name: str,
        dryRun: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.ActivateReferenceValueResponse:
        """From now on the TEE is known as good, also one that was withdrawn
        before."""
        return cast(models.ActivateReferenceValueResponse, self._call(
            "POST",
            f"/v1/attestation/reference-values/{part(name)}:activate",
            body={
                "dryRun": dryRun,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def withdraw_reference_value(
        self,
        *,
        name: str,
        reason: str | None = None,
        dryRun: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.WithdrawReferenceValueResponse:
        """Takes an active value back: its devices are refused, at once where
        they are recorded as accepted, and whatever the policy says."""
        return cast(models.WithdrawReferenceValueResponse, self._call(
            "POST",
            f"/v1/attestation/reference-values/{part(name)}:withdraw",
            body={
                "reason": reason,
                "dryRun": dryRun,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def import_corim(
        self,
        *,
        corim: str | None = None,
        anchor: str | None = None,
        name: str | None = None,
        signerSpki: str | None = None,
        unsignedOk: bool | None = None,
        dryRun: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportCorimResponse:
        """Takes a CoRIM (draft-ietf-rats-corim), signed or not: its reference
        values are submitted, its devices' keys registered; all of it or
        nothing."""
        return cast(models.ImportCorimResponse, self._call(
            "POST",
            "/v1/attestation/reference-values:import",
            body={
                "corim": corim,
                "anchor": anchor,
                "name": name,
                "signerSpki": signerSpki,
                "unsignedOk": unsignedOk,
                "dryRun": dryRun,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_result_keys(
        self,
    ) -> models.ListResultKeysResponse:
        """Lists the keys that results are signed with: the current one, the
        one that comes next, and those whose results may still be valid."""
        return cast(models.ListResultKeysResponse, self._call(
            "GET",
            "/v1/attestation/result-keys",
        ))

    def rotate_result_keys(
        self,
        *,
        forgetRetired: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.RotateResultKeysResponse:
        """Makes the next key the current one now, and a new next one."""
        return cast(models.RotateResultKeysResponse, self._call(
            "POST",
            "/v1/attestation/result-keys:rotate",
            body={
                "forgetRetired": forgetRetired,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def get_result(
        self,
        *,
        did: str,
        nonce: str | None = None,
    ) -> models.GetResultResponse:
        """Gets what the newest evidence of a device is worth, as a signed EAT
        Attestation Result (draft-ietf-rats-ear)."""
        return cast(models.GetResultResponse, self._call(
            "GET",
            f"/v1/attestation/results/{part(did)}",
            query={
                "nonce": nonce,
            },
        ))

    def introspect_result(
        self,
        *,
        token: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.IntrospectResultResponse:
        """Says whether a result is still good, as RFC 7662 does of a token."""
        return cast(models.IntrospectResultResponse, self._call(
            "POST",
            "/v1/attestation/results:introspect",
            body={
                "token": token,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_revocation_data(
        self,
    ) -> models.ListRevocationDataResponse:
        """Lists what was added, in the order of the names."""
        return cast(models.ListRevocationDataResponse, self._call(
            "GET",
            "/v1/attestation/revocation-data",
        ))

    def add_revocation_data(
        self,
        *,
        name: str,
        dataDer: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.AddRevocationDataResponse:
        """Adds one, or replaces the one of that name; it holds at once."""
        return cast(models.AddRevocationDataResponse, self._call(
            "PUT",
            f"/v1/attestation/revocation-data/{part(name)}",
            body={
                "dataDer": dataDer,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def remove_revocation_data(
        self,
        *,
        name: str,
        idempotency_key: str | None = None,
    ) -> models.RemoveRevocationDataResponse:
        """Removes one; it no longer counts."""
        return cast(models.RemoveRevocationDataResponse, self._call(
            "DELETE",
            f"/v1/attestation/revocation-data/{part(name)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_revocation_sources(
        self,
    ) -> models.ListRevocationSourcesResponse:
        """Lists sources and how they do, in the order of their names."""
        return cast(models.ListRevocationSourcesResponse, self._call(
            "GET",
            "/v1/attestation/revocation-sources",
        ))

    def put_revocation_source(
        self,
        *,
        name: str,
        role: models.Role | None = None,
        anchor: str | None = None,
        kind: str | None = None,
        url: str | None = None,
        issuerDer: str | None = None,
        allowStaleHours: int | None = None,
        idempotency_key: str | None = None,
    ) -> models.PutRevocationSourceResponse:
        """Adds one, or replaces the one of that name; it is read at once, in
        the background."""
        return cast(models.PutRevocationSourceResponse, self._call(
            "PUT",
            f"/v1/attestation/revocation-sources/{part(name)}",
            body={
                "role": role,
                "anchor": anchor,
                "kind": kind,
                "url": url,
                "issuerDer": issuerDer,
                "allowStaleHours": allowStaleHours,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def remove_revocation_source(
        self,
        *,
        name: str,
        idempotency_key: str | None = None,
    ) -> models.RemoveRevocationSourceResponse:
        """Removes one, with what was fetched from it."""
        return cast(models.RemoveRevocationSourceResponse, self._call(
            "DELETE",
            f"/v1/attestation/revocation-sources/{part(name)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_scoped_policies(
        self,
    ) -> models.ListScopedPoliciesResponse:
        """Lists the policies that are in force: the base, makers', service
        providers'."""
        return cast(models.ListScopedPoliciesResponse, self._call(
            "GET",
            "/v1/attestation/scoped-policies",
        ))

    def roll_back_scoped_policy(
        self,
        *,
        scope: models.PolicyScope | None = None,
        version: str | None = None,
        expectedVersion: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RollBackScopedPolicyResponse:
        """Sets what an older version of a maker's or a service provider's
        policy said as a new version, or takes that policy away."""
        return cast(models.RollBackScopedPolicyResponse, self._call(
            "POST",
            "/v1/attestation/scoped-policies:roll-back",
            body={
                "scope": scope,
                "version": version,
                "expectedVersion": expectedVersion,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_active_trust_anchors(
        self,
    ) -> models.ListActiveTrustAnchorsResponse:
        """Lists the roots that appraisals use at this moment."""
        return cast(models.ListActiveTrustAnchorsResponse, self._call(
            "GET",
            "/v1/attestation/trust-anchors",
        ))

    def find_usage_events_of_attestation(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> models.FindUsageEventsResponse:
        """Finds events, oldest first (attestation)."""
        return cast(models.FindUsageEventsResponse, self._call(
            "GET",
            "/v1/attestation/usage-events",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "from": from_,
                "to": to,
            },
        ))

    def each_usage_events_of_attestation(
        self,
        *,
        pageSize: int | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> Iterator[models.UsageEvent]:
        """Finds events, oldest first (attestation)."""
        token: str | None = None
        while token != "":
            page = self.find_usage_events_of_attestation(
                pageSize=pageSize,
                pageToken=token,
                from_=from_,
                to=to,
            )
            yield from page["events"]
            token = page["nextPageToken"]

    def sum_usage_of_attestation(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        by: models.UsageKey | None = None,
        pageToken: str | None = None,
    ) -> models.SumUsageResponse:
        """Sums events up, one day (UTC) a page (attestation)."""
        return cast(models.SumUsageResponse, self._call(
            "GET",
            "/v1/attestation/usage-events:sum",
            query={
                "from": from_,
                "to": to,
                "by": by,
                "pageToken": pageToken,
            },
        ))

    def each_usage_of_attestation(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        by: models.UsageKey | None = None,
    ) -> Iterator[models.UsageSum]:
        """Sums events up, one day (UTC) a page (attestation)."""
        token: str | None = None
        while token != "":
            page = self.sum_usage_of_attestation(
                from_=from_,
                to=to,
                by=by,
                pageToken=token,
            )
            yield from page["sums"]
            token = page["nextPageToken"]

    def refresh(
        self,
        *,
        idempotency_key: str | None = None,
    ) -> models.RefreshResponse:
        """Pulls trust anchors and CRLs from the CA now."""
        return cast(models.RefreshResponse, self._call(
            "POST",
            "/v1/attestation:refresh",
            body={
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_authorities(
        self,
        *,
        role: models.Role | None = None,
    ) -> models.ListAuthoritiesResponse:
        """Lists the authorities with their certificates: all generations but
        those that are retired."""
        return cast(models.ListAuthoritiesResponse, self._call(
            "GET",
            "/v1/authorities",
            query={
                "role": role,
            },
        ))

    def create_authority(
        self,
        *,
        line: str | None = None,
        role: models.Role | None = None,
        commonName: str | None = None,
        key: str | None = None,
        lifetimeDays: int | None = None,
        policyOids: list[str] | None = None,
        cpsUri: str | None = None,
        permittedUriHosts: list[str] | None = None,
        permittedDns: list[str] | None = None,
        owner: str | None = None,
        vendor: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.CreateAuthorityResponse:
        """Makes an issuing authority: a key, and a certificate by the active
        root of its role, or by an authority above it."""
        return cast(models.CreateAuthorityResponse, self._call(
            "POST",
            "/v1/authorities",
            body={
                "line": line,
                "role": role,
                "commonName": commonName,
                "key": key,
                "lifetimeDays": lifetimeDays,
                "policyOids": policyOids,
                "cpsUri": cpsUri,
                "permittedUriHosts": permittedUriHosts,
                "permittedDns": permittedDns,
                "owner": owner,
                "vendor": vendor,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def get_crl(
        self,
        *,
        authority: str,
        knownNumber: str | None = None,
        shard: str | None = None,
    ) -> models.GetCrlResponse:
        """The current CRL of an authority, unless the caller has it."""
        return cast(models.GetCrlResponse, self._call(
            "GET",
            f"/v1/authorities/{part(authority)}/crl",
            query={
                "knownNumber": knownNumber,
                "shard": shard,
            },
        ))

    def get_crl_shards(
        self,
        *,
        authority: str,
    ) -> models.GetCrlShardsResponse:
        """Tells what is served for one generation of an authority."""
        return cast(models.GetCrlShardsResponse, self._call(
            "GET",
            f"/v1/authorities/{part(authority)}/crl-shards",
        ))

    def list_generations(
        self,
        *,
        line: str,
    ) -> models.ListGenerationsResponse:
        """Lists the generations of one authority, the newest first."""
        return cast(models.ListGenerationsResponse, self._call(
            "GET",
            f"/v1/authorities/{part(line)}/generations",
        ))

    def get_generation(
        self,
        *,
        line: str,
        generation: int,
    ) -> models.GetGenerationResponse:
        """Gets one generation, with what would stop working without it."""
        return cast(models.GetGenerationResponse, self._call(
            "GET",
            f"/v1/authorities/{part(line)}/generations/{part(generation)}",
        ))

    def activate_generation(
        self,
        *,
        line: str,
        generation: int,
        idempotency_key: str | None = None,
    ) -> models.ActivateGenerationResponse:
        """Makes a next generation the active one; the one that was is
        retiring."""
        return cast(models.ActivateGenerationResponse, self._call(
            "POST",
            f"/v1/authorities/{part(line)}/generations"
            f"/{part(generation)}:activate",
            body={
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def cross_sign_generation(
        self,
        *,
        line: str,
        generation: int,
        signer: int | None = None,
        idempotency_key: str | None = None,
    ) -> models.CrossSignGenerationResponse:
        """Certifies the key of one generation of a root by another generation
        of it, so that those who know the one follow what the other has
        signed."""
        return cast(models.CrossSignGenerationResponse, self._call(
            "POST",
            f"/v1/authorities/{part(line)}/generations"
            f"/{part(generation)}:cross-sign",
            body={
                "signer": signer,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def retire_generation(
        self,
        *,
        line: str,
        generation: int,
        idempotency_key: str | None = None,
    ) -> models.RetireGenerationResponse:
        """Ends a generation that isn't active and of which no certificate
        lives: its key is removed."""
        return cast(models.RetireGenerationResponse, self._call(
            "POST",
            f"/v1/authorities/{part(line)}/generations"
            f"/{part(generation)}:retire",
            body={
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def revoke_generation(
        self,
        *,
        line: str,
        generation: int,
        confirmLine: str | None = None,
        reason: models.RevocationReason | None = None,
        idempotency_key: str | None = None,
    ) -> models.RevokeGenerationResponse:
        """Revokes a generation, for ever: its issuer's CRL lists it, it is no
        trust anchor any more, and all certificates of it stop working."""
        return cast(models.RevokeGenerationResponse, self._call(
            "POST",
            f"/v1/authorities/{part(line)}/generations"
            f"/{part(generation)}:revoke",
            body={
                "confirmLine": confirmLine,
                "reason": reason,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def import_generation(
        self,
        *,
        line: str,
        certificateDer: str | None = None,
        aboveDer: list[str] | None = None,
        privateKeyDer: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportGenerationResponse:
        """Makes the next generation of what somebody else has certified: the
        key of RequestGeneration, or one that comes along."""
        return cast(models.ImportGenerationResponse, self._call(
            "POST",
            f"/v1/authorities/{part(line)}:import",
            body={
                "certificateDer": certificateDer,
                "aboveDer": aboveDer,
                "privateKeyDer": privateKeyDer,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def prepare_generation(
        self,
        *,
        line: str,
        lifetimeDays: int | None = None,
        key: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.PrepareGenerationResponse:
        """Makes the next generation: a new key and a certificate, by the
        active root of its hierarchy, or self-signed for a root."""
        return cast(models.PrepareGenerationResponse, self._call(
            "POST",
            f"/v1/authorities/{part(line)}:prepare",
            body={
                "lifetimeDays": lifetimeDays,
                "key": key,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def request_generation(
        self,
        *,
        line: str,
        key: str | None = None,
        commonName: str | None = None,
        replace: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.RequestGenerationResponse:
        """Makes a key for the next generation and the request for its
        certificate, which somebody else's root answers: the way for a root
        that is offline."""
        return cast(models.RequestGenerationResponse, self._call(
            "POST",
            f"/v1/authorities/{part(line)}:request",
            body={
                "key": key,
                "commonName": commonName,
                "replace": replace,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def set_authority_policies(
        self,
        *,
        line: str,
        policyOids: list[str] | None = None,
        cpsUri: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SetAuthorityPoliciesResponse:
        """Sets by which policies an authority issues from now on."""
        return cast(models.SetAuthorityPoliciesResponse, self._call(
            "POST",
            f"/v1/authorities/{part(line)}:set-policies",
            body={
                "policyOids": policyOids,
                "cpsUri": cpsUri,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def set_crl_shards(
        self,
        *,
        line: str,
        shards: int | None = None,
        idempotency_key: str | None = None,
    ) -> models.SetCrlShardsResponse:
        """From now on certificates of the authority name one of so many
        lists."""
        return cast(models.SetCrlShardsResponse, self._call(
            "POST",
            f"/v1/authorities/{part(line)}:shard-crl",
            body={
                "shards": shards,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_audit_events_of_ca(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        subject: str | None = None,
        actionPrefix: str | None = None,
    ) -> models.ListAuditEventsResponse:
        """Lists events, newest first (ca)."""
        return cast(models.ListAuditEventsResponse, self._call(
            "GET",
            "/v1/ca/audit-events",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "subject": subject,
                "actionPrefix": actionPrefix,
            },
        ))

    def each_audit_events_of_ca(
        self,
        *,
        pageSize: int | None = None,
        subject: str | None = None,
        actionPrefix: str | None = None,
    ) -> Iterator[models.AuditEvent]:
        """Lists events, newest first (ca)."""
        token: str | None = None
        while token != "":
            page = self.list_audit_events_of_ca(
                pageSize=pageSize,
                pageToken=token,
                subject=subject,
                actionPrefix=actionPrefix,
            )
            yield from page["events"]
            token = page["nextPageToken"]

    def verify_audit_log_of_ca(
        self,
        *,
        afterSeal: str | None = None,
    ) -> models.VerifyAuditLogResponse:
        """Recomputes the hash chain over sealed events, a part of it at a
        time: as long as the answer has a nextAfterSeal, ask for the next part
        with it (ca)."""
        return cast(models.VerifyAuditLogResponse, self._call(
            "GET",
            "/v1/ca/audit-events:verify",
            query={
                "afterSeal": afterSeal,
            },
        ))

    def get_key_encryption_of_ca(
        self,
    ) -> models.GetKeyEncryptionResponse:
        """Counts what is sealed, and under which key (ca)."""
        return cast(models.GetKeyEncryptionResponse, self._call(
            "GET",
            "/v1/ca/key-encryption",
        ))

    def rewrap_keys_of_ca(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RewrapKeysResponse:
        """Seals anew what the previous key sealed, some rows a call, while
        everything else goes on (ca)."""
        return cast(models.RewrapKeysResponse, self._call(
            "POST",
            "/v1/ca/key-encryption:rewrap",
            body={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def set_price_of_ca(
        self,
        *,
        kind: str | None = None,
        party: str | None = None,
        amountMinor: str | None = None,
        currency: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SetPriceResponse:
        """Sets what one thing costs from now on (ca)."""
        return cast(models.SetPriceResponse, self._call(
            "POST",
            "/v1/ca/prices",
            body={
                "kind": kind,
                "party": party,
                "amountMinor": amountMinor,
                "currency": currency,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_prices_of_ca(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListPricesResponse:
        """Lists prices, each as long as it held, oldest first (ca)."""
        return cast(models.ListPricesResponse, self._call(
            "GET",
            "/v1/ca/prices",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_prices_of_ca(
        self,
        *,
        pageSize: int | None = None,
    ) -> Iterator[models.Price]:
        """Lists prices, each as long as it held, oldest first (ca)."""
        token: str | None = None
        while token != "":
            page = self.list_prices_of_ca(
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["prices"]
            token = page["nextPageToken"]

    def find_usage_events_of_ca(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> models.FindUsageEventsResponse:
        """Finds events, oldest first (ca)."""
        return cast(models.FindUsageEventsResponse, self._call(
            "GET",
            "/v1/ca/usage-events",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "from": from_,
                "to": to,
            },
        ))

    def each_usage_events_of_ca(
        self,
        *,
        pageSize: int | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> Iterator[models.UsageEvent]:
        """Finds events, oldest first (ca)."""
        token: str | None = None
        while token != "":
            page = self.find_usage_events_of_ca(
                pageSize=pageSize,
                pageToken=token,
                from_=from_,
                to=to,
            )
            yield from page["events"]
            token = page["nextPageToken"]

    def sum_usage_of_ca(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        by: models.UsageKey | None = None,
        pageToken: str | None = None,
    ) -> models.SumUsageResponse:
        """Sums events up, one day (UTC) a page (ca)."""
        return cast(models.SumUsageResponse, self._call(
            "GET",
            "/v1/ca/usage-events:sum",
            query={
                "from": from_,
                "to": to,
                "by": by,
                "pageToken": pageToken,
            },
        ))

    def each_usage_of_ca(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        by: models.UsageKey | None = None,
    ) -> Iterator[models.UsageSum]:
        """Sums events up, one day (UTC) a page (ca)."""
        token: str | None = None
        while token != "":
            page = self.sum_usage_of_ca(
                from_=from_,
                to=to,
                by=by,
                pageToken=token,
            )
            yield from page["sums"]
            token = page["nextPageToken"]

    def get_caller(
        self,
    ) -> models.GetCallerResponse:
        """Who the caller is, as the services see him, and which token he has
        shown."""
        return cast(models.GetCallerResponse, self._call(
            "GET",
            "/v1/caller",
        ))

    def issue_certificate(
        self,
        *,
        profile: models.Profile | None = None,
        csrDer: str | None = None,
        commonName: str | None = None,
        sanUris: list[str] | None = None,
        requestId: str | None = None,
        lifetimeSeconds: str | None = None,
        authority: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.IssueCertificateResponse:
        """Issues one certificate from a CSR."""
        return cast(models.IssueCertificateResponse, self._call(
            "POST",
            "/v1/certificates",
            body={
                "profile": profile,
                "csrDer": csrDer,
                "commonName": commonName,
                "sanUris": sanUris,
                "requestId": requestId,
                "lifetimeSeconds": lifetimeSeconds,
                "authority": authority,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_certificates(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        profile: models.Profile | None = None,
    ) -> models.ListCertificatesResponse:
        """Lists what was issued."""
        return cast(models.ListCertificatesResponse, self._call(
            "GET",
            "/v1/certificates",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "profile": profile,
            },
        ))

    def each_certificates(
        self,
        *,
        pageSize: int | None = None,
        profile: models.Profile | None = None,
    ) -> Iterator[models.Certificate]:
        """Lists what was issued."""
        token: str | None = None
        while token != "":
            page = self.list_certificates(
                pageSize=pageSize,
                pageToken=token,
                profile=profile,
            )
            yield from page["certificates"]
            token = page["nextPageToken"]

    def get_certificate(
        self,
        *,
        serial: str,
    ) -> models.GetCertificateResponse:
        """Gets one certificate by its serial number."""
        return cast(models.GetCertificateResponse, self._call(
            "GET",
            f"/v1/certificates/{part(serial)}",
        ))

    def revoke_certificate(
        self,
        *,
        serial: str,
        reason: models.RevocationReason | None = None,
        idempotency_key: str | None = None,
    ) -> models.RevokeCertificateResponse:
        """Revokes one certificate by serial, for ever; revoking again is no
        error."""
        return cast(models.RevokeCertificateResponse, self._call(
            "POST",
            f"/v1/certificates/{part(serial)}:revoke",
            body={
                "reason": reason,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def find_expiring_certificates(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        withinSeconds: str | None = None,
        profile: models.Profile | None = None,
    ) -> models.FindExpiringCertificatesResponse:
        """Finds the good certificates that end soon and have no successor:
        none of the same profile and names that ends later."""
        return cast(models.FindExpiringCertificatesResponse, self._call(
            "GET",
            "/v1/certificates:expiring",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "withinSeconds": withinSeconds,
                "profile": profile,
            },
        ))

    def each_expiring_certificates(
        self,
        *,
        pageSize: int | None = None,
        withinSeconds: str | None = None,
        profile: models.Profile | None = None,
    ) -> Iterator[models.Certificate]:
        """Finds the good certificates that end soon and have no successor:
        none of the same profile and names that ends later."""
        token: str | None = None
        while token != "":
            page = self.find_expiring_certificates(
                pageSize=pageSize,
                pageToken=token,
                withinSeconds=withinSeconds,
                profile=profile,
            )
            yield from page["certificates"]
            token = page["nextPageToken"]

    def issue_batch(
        self,
        *,
        profile: models.Profile | None = None,
        items: list[models.BatchItem] | None = None,
        authority: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.IssueBatchResponse:
        """Issues up to 100 certificates of one profile."""
        return cast(models.IssueBatchResponse, self._call(
            "POST",
            "/v1/certificates:issue-batch",
            body={
                "profile": profile,
                "items": items,
                "authority": authority,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_devices(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        group: str | None = None,
        didPrefix: str | None = None,
        label: str | None = None,
    ) -> models.ListDevicesResponse:
        """Lists devices with what they have and what is still to be done."""
        return cast(models.ListDevicesResponse, self._call(
            "GET",
            "/v1/devices",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "group": group,
                "didPrefix": didPrefix,
                "label": label,
            },
        ))

    def each_devices(
        self,
        *,
        pageSize: int | None = None,
        group: str | None = None,
        didPrefix: str | None = None,
        label: str | None = None,
    ) -> Iterator[models.Device]:
        """Lists devices with what they have and what is still to be done."""
        token: str | None = None
        while token != "":
            page = self.list_devices(
                pageSize=pageSize,
                pageToken=token,
                group=group,
                didPrefix=didPrefix,
                label=label,
            )
            yield from page["devices"]
            token = page["nextPageToken"]

    def get_device(
        self,
        *,
        did: str,
    ) -> models.GetDeviceResponse:
        """Gets one device."""
        return cast(models.GetDeviceResponse, self._call(
            "GET",
            f"/v1/devices/{part(did)}",
        ))

    def list_appraisals_by_did(
        self,
        *,
        did: str,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListAppraisalsResponse:
        """Lists appraisals, newest first (by did)."""
        return cast(models.ListAppraisalsResponse, self._call(
            "GET",
            f"/v1/devices/{part(did)}/appraisals",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_appraisals_by_did(
        self,
        *,
        did: str,
        pageSize: int | None = None,
    ) -> Iterator[models.Appraisal]:
        """Lists appraisals, newest first (by did)."""
        token: str | None = None
        while token != "":
            page = self.list_appraisals_by_did(
                did=did,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["appraisals"]
            token = page["nextPageToken"]

    def set_device_labels(
        self,
        *,
        did: str,
        update: list[str] | None = None,
        remove: list[str] | None = None,
        idempotency_key: str | None = None,
    ) -> models.SetDeviceLabelsResponse:
        """Sets and removes labels of a device, which may be unknown as yet."""
        return cast(models.SetDeviceLabelsResponse, self._call(
            "POST",
            f"/v1/devices/{part(did)}/labels",
            body={
                "update": update,
                "remove": remove,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def get_device_plan(
        self,
        *,
        did: str,
    ) -> models.GetDevicePlanResponse:
        """What the next session of a device would do, step by step, each with
        the rules that it follows from; what is on the device and stays
        untouched."""
        return cast(models.GetDevicePlanResponse, self._call(
            "GET",
            f"/v1/devices/{part(did)}/plan",
        ))

    def list_sessions_by_did(
        self,
        *,
        did: str,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListSessionsResponse:
        """Lists sessions, the newest first (by did)."""
        return cast(models.ListSessionsResponse, self._call(
            "GET",
            f"/v1/devices/{part(did)}/sessions",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_sessions_by_did(
        self,
        *,
        did: str,
        pageSize: int | None = None,
    ) -> Iterator[models.Session]:
        """Lists sessions, the newest first (by did)."""
        token: str | None = None
        while token != "":
            page = self.list_sessions_by_did(
                did=did,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["sessions"]
            token = page["nextPageToken"]

    def retry_device(
        self,
        *,
        did: str,
        idempotency_key: str | None = None,
    ) -> models.RetryDeviceResponse:
        """Forgets the failures of a device's tasks, so that they are tried
        again at its next contact."""
        return cast(models.RetryDeviceResponse, self._call(
            "POST",
            f"/v1/devices/{part(did)}:retry",
            body={
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def get_removal_brake(
        self,
    ) -> models.GetRemovalBrakeResponse:
        """Gets the brake: whether removals are paused, and how many devices
        have lost something within the last hour."""
        return cast(models.GetRemovalBrakeResponse, self._call(
            "GET",
            "/v1/fleet/removal-brake",
        ))

    def set_removal_brake(
        self,
        *,
        percent: int | None = None,
        minDevices: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SetRemovalBrakeResponse:
        """Sets how many devices may lose something within an hour before
        removals pause."""
        return cast(models.SetRemovalBrakeResponse, self._call(
            "PUT",
            "/v1/fleet/removal-brake",
            body={
                "percent": percent,
                "minDevices": minDevices,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def pause_removals(
        self,
        *,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.PauseRemovalsResponse:
        """Pauses removals: devices keep what they have until they are
        released."""
        return cast(models.PauseRemovalsResponse, self._call(
            "POST",
            "/v1/fleet/removal-brake:pause",
            body={
                "reason": reason,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def release_removals(
        self,
        *,
        reason: str | None = None,
        minutes: int | None = None,
        idempotency_key: str | None = None,
    ) -> models.ReleaseRemovalsResponse:
        """Lets removals go on, and doesn't count them for a while: whoever
        releases has looked at what is to be removed."""
        return cast(models.ReleaseRemovalsResponse, self._call(
            "POST",
            "/v1/fleet/removal-brake:release",
            body={
                "reason": reason,
                "minutes": minutes,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_groups(
        self,
    ) -> models.ListGroupsResponse:
        """Lists the groups with their sizes."""
        return cast(models.ListGroupsResponse, self._call(
            "GET",
            "/v1/groups",
        ))

    def add_group_members(
        self,
        *,
        group: str,
        dids: list[str] | None = None,
        idempotency_key: str | None = None,
    ) -> models.AddGroupMembersResponse:
        """Adds devices to a group, which is made by that."""
        return cast(models.AddGroupMembersResponse, self._call(
            "POST",
            f"/v1/groups/{part(group)}/members",
            body={
                "dids": dids,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def remove_group_members(
        self,
        *,
        group: str,
        dids: list[str] | None = None,
        idempotency_key: str | None = None,
    ) -> models.RemoveGroupMembersResponse:
        """Takes devices out of a group."""
        return cast(models.RemoveGroupMembersResponse, self._call(
            "POST",
            f"/v1/groups/{part(group)}/members:remove",
            body={
                "dids": dids,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def accept_invitation(
        self,
        *,
        code: str | None = None,
        name: str | None = None,
    ) -> models.AcceptInvitationResponse:
        """Makes whoever has the code a member, with a first token."""
        return cast(models.AcceptInvitationResponse, self._call(
            "POST",
            "/v1/invitations:accept",
            body={
                "code": code,
                "name": name,
            },
        ))

    def request_issuance(
        self,
        *,
        profile: models.Profile | None = None,
        csrDer: str | None = None,
        commonName: str | None = None,
        sanUris: list[str] | None = None,
        authority: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RequestIssuanceResponse:
        """Asks for a certificate."""
        return cast(models.RequestIssuanceResponse, self._call(
            "POST",
            "/v1/issuance-requests",
            body={
                "profile": profile,
                "csrDer": csrDer,
                "commonName": commonName,
                "sanUris": sanUris,
                "authority": authority,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_issuance_requests(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        state: str | None = None,
    ) -> models.ListIssuanceRequestsResponse:
        """Lists the requests for certificates."""
        return cast(models.ListIssuanceRequestsResponse, self._call(
            "GET",
            "/v1/issuance-requests",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "state": state,
            },
        ))

    def each_issuance_requests(
        self,
        *,
        pageSize: int | None = None,
        state: str | None = None,
    ) -> Iterator[models.IssuanceRequest]:
        """Lists the requests for certificates."""
        token: str | None = None
        while token != "":
            page = self.list_issuance_requests(
                pageSize=pageSize,
                pageToken=token,
                state=state,
            )
            yield from page["requests"]
            token = page["nextPageToken"]

    def get_issuance_request(
        self,
        *,
        requestId: str,
    ) -> models.GetIssuanceRequestResponse:
        """Gets a request for a certificate, and the certificate once there is
        one."""
        return cast(models.GetIssuanceRequestResponse, self._call(
            "GET",
            f"/v1/issuance-requests/{part(requestId)}",
        ))

    def approve_issuance(
        self,
        *,
        requestId: str,
        idempotency_key: str | None = None,
    ) -> models.ApproveIssuanceResponse:
        """Approves a request for a certificate, and issues it."""
        return cast(models.ApproveIssuanceResponse, self._call(
            "POST",
            f"/v1/issuance-requests/{part(requestId)}:approve",
            body={
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def reject_issuance(
        self,
        *,
        requestId: str,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RejectIssuanceResponse:
        """Says no to a request, also to one's own."""
        return cast(models.RejectIssuanceResponse, self._call(
            "POST",
            f"/v1/issuance-requests/{part(requestId)}:reject",
            body={
                "reason": reason,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_console_sessions_by(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListConsoleSessionsResponse:
        """Lists the sessions that are good, never their secrets, which nobody
        keeps (at /v1/operators/console-sessions)."""
        return cast(models.ListConsoleSessionsResponse, self._call(
            "GET",
            "/v1/operators/console-sessions",
            query={
                "spid": spid,
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_console_sessions_by(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
    ) -> Iterator[models.ConsoleSession]:
        """Lists the sessions that are good, never their secrets, which nobody
        keeps (at /v1/operators/console-sessions)."""
        token: str | None = None
        while token != "":
            page = self.list_console_sessions_by(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["sessions"]
            token = page["nextPageToken"]

    def revoke_console_session_by_session_id(
        self,
        *,
        sessionId: str,
        spid: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RevokeConsoleSessionResponse:
        """Ends a session at once (by sessionId)."""
        return cast(models.RevokeConsoleSessionResponse, self._call(
            "DELETE",
            f"/v1/operators/console-sessions/{part(sessionId)}",
            query={
                "spid": spid,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def create_invitation_by(
        self,
        *,
        spid: str | None = None,
        role: str | None = None,
        lifetimeSeconds: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.CreateInvitationResponse:
        """Makes a code for one person, shown this once (at
        /v1/operators/invitations)."""
        return cast(models.CreateInvitationResponse, self._call(
            "POST",
            "/v1/operators/invitations",
            body={
                "spid": spid,
                "role": role,
                "lifetimeSeconds": lifetimeSeconds,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_invitations_by(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListInvitationsResponse:
        """Lists the invitations that are open (at
        /v1/operators/invitations)."""
        return cast(models.ListInvitationsResponse, self._call(
            "GET",
            "/v1/operators/invitations",
            query={
                "spid": spid,
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_invitations_by(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
    ) -> Iterator[models.Invitation]:
        """Lists the invitations that are open (at
        /v1/operators/invitations)."""
        token: str | None = None
        while token != "":
            page = self.list_invitations_by(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["invitations"]
            token = page["nextPageToken"]

    def revoke_invitation_by_invitation_id(
        self,
        *,
        invitationId: str,
        spid: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RevokeInvitationResponse:
        """Makes an invitation's code worthless (by invitationId)."""
        return cast(models.RevokeInvitationResponse, self._call(
            "DELETE",
            f"/v1/operators/invitations/{part(invitationId)}",
            query={
                "spid": spid,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_members_by(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListMembersResponse:
        """Lists the members with their roles (at /v1/operators/members)."""
        return cast(models.ListMembersResponse, self._call(
            "GET",
            "/v1/operators/members",
            query={
                "spid": spid,
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_members_by(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
    ) -> Iterator[models.Member]:
        """Lists the members with their roles (at /v1/operators/members)."""
        token: str | None = None
        while token != "":
            page = self.list_members_by(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["members"]
            token = page["nextPageToken"]

    def set_member_role_by_name(
        self,
        *,
        name: str,
        spid: str | None = None,
        role: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SetMemberRoleResponse:
        """Changes what a member may do, with his tokens at once (by name)."""
        return cast(models.SetMemberRoleResponse, self._call(
            "PATCH",
            f"/v1/operators/members/{part(name)}",
            body={
                "spid": spid,
                "role": role,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def remove_member_by_name(
        self,
        *,
        name: str,
        spid: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RemoveMemberResponse:
        """Removes a member and revokes his tokens (by name)."""
        return cast(models.RemoveMemberResponse, self._call(
            "DELETE",
            f"/v1/operators/members/{part(name)}",
            query={
                "spid": spid,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def create_token_by(
        self,
        *,
        spid: str | None = None,
        name: str | None = None,
        role: str | None = None,
        taids: list[str] | None = None,
        lifetimeSeconds: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.CreateTokenResponse:
        """Makes a token (at /v1/operators/tokens)."""
        return cast(models.CreateTokenResponse, self._call(
            "POST",
            "/v1/operators/tokens",
            body={
                "spid": spid,
                "name": name,
                "role": role,
                "taids": taids,
                "lifetimeSeconds": lifetimeSeconds,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_tokens_by(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
        includeDead: bool | None = None,
    ) -> models.ListTokensResponse:
        """Lists tokens, never their secrets, which nobody keeps (at
        /v1/operators/tokens)."""
        return cast(models.ListTokensResponse, self._call(
            "GET",
            "/v1/operators/tokens",
            query={
                "spid": spid,
                "pageSize": pageSize,
                "pageToken": pageToken,
                "includeDead": includeDead,
            },
        ))

    def each_tokens_by(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
        includeDead: bool | None = None,
    ) -> Iterator[models.Token]:
        """Lists tokens, never their secrets, which nobody keeps (at
        /v1/operators/tokens)."""
        token: str | None = None
        while token != "":
            page = self.list_tokens_by(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
                includeDead=includeDead,
            )
            yield from page["tokens"]
            token = page["nextPageToken"]

    def revoke_token_by_token_id(
        self,
        *,
        tokenId: str,
        spid: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RevokeTokenResponse:
        """Revokes a token at once and for good (by tokenId)."""
        return cast(models.RevokeTokenResponse, self._call(
            "DELETE",
            f"/v1/operators/tokens/{part(tokenId)}",
            query={
                "spid": spid,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_audit_events_of_portal(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        subject: str | None = None,
        actionPrefix: str | None = None,
    ) -> models.ListAuditEventsResponse:
        """Lists events, newest first (portal)."""
        return cast(models.ListAuditEventsResponse, self._call(
            "GET",
            "/v1/portal/audit-events",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "subject": subject,
                "actionPrefix": actionPrefix,
            },
        ))

    def each_audit_events_of_portal(
        self,
        *,
        pageSize: int | None = None,
        subject: str | None = None,
        actionPrefix: str | None = None,
    ) -> Iterator[models.AuditEvent]:
        """Lists events, newest first (portal)."""
        token: str | None = None
        while token != "":
            page = self.list_audit_events_of_portal(
                pageSize=pageSize,
                pageToken=token,
                subject=subject,
                actionPrefix=actionPrefix,
            )
            yield from page["events"]
            token = page["nextPageToken"]

    def verify_audit_log_of_portal(
        self,
        *,
        afterSeal: str | None = None,
    ) -> models.VerifyAuditLogResponse:
        """Recomputes the hash chain over sealed events, a part of it at a
        time: as long as the answer has a nextAfterSeal, ask for the next part
        with it (portal)."""
        return cast(models.VerifyAuditLogResponse, self._call(
            "GET",
            "/v1/portal/audit-events:verify",
            query={
                "afterSeal": afterSeal,
            },
        ))

    def list_outbox_messages_of_portal(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        includeWaiting: bool | None = None,
    ) -> models.ListOutboxMessagesResponse:
        """Lists what was tried in vain and isn't delivered, the oldest first
        (portal)."""
        return cast(models.ListOutboxMessagesResponse, self._call(
            "GET",
            "/v1/portal/outbox-messages",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "includeWaiting": includeWaiting,
            },
        ))

    def each_outbox_messages_of_portal(
        self,
        *,
        pageSize: int | None = None,
        includeWaiting: bool | None = None,
    ) -> Iterator[models.OutboxMessage]:
        """Lists what was tried in vain and isn't delivered, the oldest first
        (portal)."""
        token: str | None = None
        while token != "":
            page = self.list_outbox_messages_of_portal(
                pageSize=pageSize,
                pageToken=token,
                includeWaiting=includeWaiting,
            )
            yield from page["messages"]
            token = page["nextPageToken"]

    def get_outbox_message_of_portal(
        self,
        *,
        id: str,
    ) -> models.GetOutboxMessageResponse:
        """Gets one message, without its payload (portal)."""
        return cast(models.GetOutboxMessageResponse, self._call(
            "GET",
            f"/v1/portal/outbox-messages/{part(id)}",
        ))

    def retry_outbox_message_of_portal(
        self,
        *,
        id: str,
        idempotency_key: str | None = None,
    ) -> models.RetryOutboxMessageResponse:
        """Has a message that is parked or waits delivered at once, with all
        its tries before it again (portal)."""
        return cast(models.RetryOutboxMessageResponse, self._call(
            "POST",
            f"/v1/portal/outbox-messages/{part(id)}:retry",
            body={
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def skip_outbox_message_of_portal(
        self,
        *,
        id: str,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SkipOutboxMessageResponse:
        """Gives a message up: the receiver never gets it, and what is behind
        it in its lane goes on without (portal)."""
        return cast(models.SkipOutboxMessageResponse, self._call(
            "POST",
            f"/v1/portal/outbox-messages/{part(id)}:skip",
            body={
                "reason": reason,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def register(
        self,
        *,
        spid: str | None = None,
        name: str | None = None,
        contact: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RegisterResponse:
        """Asks for an account; anybody may."""
        return cast(models.RegisterResponse, self._call(
            "POST",
            "/v1/registrations",
            body={
                "spid": spid,
                "name": name,
                "contact": contact,
            },
            idempotency_key=idempotency_key,
        ))

    def list_registrations(
        self,
        *,
        state: str | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListRegistrationsResponse:
        """The operators' queue."""
        return cast(models.ListRegistrationsResponse, self._call(
            "GET",
            "/v1/registrations",
            query={
                "state": state,
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_registrations(
        self,
        *,
        state: str | None = None,
        pageSize: int | None = None,
    ) -> Iterator[models.Registration]:
        """The operators' queue."""
        token: str | None = None
        while token != "":
            page = self.list_registrations(
                state=state,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["registrations"]
            token = page["nextPageToken"]

    def approve_registration(
        self,
        *,
        registrationId: str,
        idempotency_key: str | None = None,
    ) -> models.ApproveRegistrationResponse:
        """Makes the account."""
        return cast(models.ApproveRegistrationResponse, self._call(
            "POST",
            f"/v1/registrations/{part(registrationId)}:approve",
            body={
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def reject_registration(
        self,
        *,
        registrationId: str,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RejectRegistrationResponse:
        """Says no; who registered reads the reason when he uses his code."""
        return cast(models.RejectRegistrationResponse, self._call(
            "POST",
            f"/v1/registrations/{part(registrationId)}:reject",
            body={
                "reason": reason,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_reviews(
        self,
        *,
        spid: str | None = None,
        state: models.ReviewState | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListReviewsResponse:
        """Reviews of all times; those to be done have the state SUBMITTED."""
        return cast(models.ListReviewsResponse, self._call(
            "GET",
            "/v1/reviews",
            query={
                "spid": spid,
                "state": state,
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_reviews(
        self,
        *,
        spid: str | None = None,
        state: models.ReviewState | None = None,
        pageSize: int | None = None,
    ) -> Iterator[models.Review]:
        """Reviews of all times; those to be done have the state SUBMITTED."""
        token: str | None = None
        while token != "":
            page = self.list_reviews(
                spid=spid,
                state=state,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["reviews"]
            token = page["nextPageToken"]

    def reconcile_crl(
        self,
        *,
        crlDer: str | None = None,
        dryRun: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.ReconcileCrlResponse:
        """Learns from a list that one of our authorities signed once: what it
        lists is revoked from then on, also serials that the database doesn't
        know, and the authority's next list has a higher number."""
        return cast(models.ReconcileCrlResponse, self._call(
            "POST",
            "/v1/revocations:reconcile",
            body={
                "crlDer": crlDer,
                "dryRun": dryRun,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def reconcile_audit(
        self,
        *,
        revocations: list[models.LoggedRevocation] | None = None,
        dryRun: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.ReconcileAuditResponse:
        """Learns that certificates were revoked, up to 1000 at once: those are
        revoked from then on, also serials that the database doesn't know."""
        return cast(models.ReconcileAuditResponse, self._call(
            "POST",
            "/v1/revocations:reconcile-audit",
            body={
                "revocations": revocations,
                "dryRun": dryRun,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_rollouts(
        self,
        *,
        spid: str | None = None,
        taid: str | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListRolloutsResponse:
        """Lists how many devices have which version."""
        return cast(models.ListRolloutsResponse, self._call(
            "GET",
            "/v1/rollouts",
            query={
                "spid": spid,
                "taid": taid,
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_rollouts(
        self,
        *,
        spid: str | None = None,
        taid: str | None = None,
        pageSize: int | None = None,
    ) -> Iterator[models.Rollout]:
        """Lists how many devices have which version."""
        token: str | None = None
        while token != "":
            page = self.list_rollouts(
                spid=spid,
                taid=taid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["rollouts"]
            token = page["nextPageToken"]

    def create_service_provider(
        self,
        *,
        spid: str | None = None,
        name: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.CreateServiceProviderResponse:
        """Makes an active account."""
        return cast(models.CreateServiceProviderResponse, self._call(
            "POST",
            "/v1/service-providers",
            body={
                "spid": spid,
                "name": name,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_service_providers(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListServiceProvidersResponse:
        """Lists the accounts that the caller may see: a service provider its
        own."""
        return cast(models.ListServiceProvidersResponse, self._call(
            "GET",
            "/v1/service-providers",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_service_providers(
        self,
        *,
        pageSize: int | None = None,
    ) -> Iterator[models.ServiceProvider]:
        """Lists the accounts that the caller may see: a service provider its
        own."""
        token: str | None = None
        while token != "":
            page = self.list_service_providers(
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["serviceProviders"]
            token = page["nextPageToken"]

    def get_service_provider(
        self,
        *,
        spid: str,
    ) -> models.GetServiceProviderResponse:
        """Gets one account with its certificates."""
        return cast(models.GetServiceProviderResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}",
        ))

    def list_applications_by_spid(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListApplicationsResponse:
        """Lists applications with their versions, without images (by spid)."""
        return cast(models.ListApplicationsResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/applications",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_applications_by_spid(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
    ) -> Iterator[models.Application]:
        """Lists applications with their versions, without images (by spid)."""
        token: str | None = None
        while token != "":
            page = self.list_applications_by_spid(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["applications"]
            token = page["nextPageToken"]

    def delete_application(
        self,
        *,
        spid: str,
        taid: str,
        idempotency_key: str | None = None,
    ) -> models.DeleteApplicationResponse:
        """Deletes an application with all of its versions."""
        return cast(models.DeleteApplicationResponse, self._call(
            "DELETE",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def assign(
        self,
        *,
        spid: str,
        taid: str,
        target: models.Target | None = None,
        channel: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.AssignResponse:
        """Lets devices have an application: each of them installs the version
        of its channel at its next contact."""
        return cast(models.AssignResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            "/assignments",
            body={
                "target": target,
                "channel": channel,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def unassign(
        self,
        *,
        spid: str,
        taid: str,
        target_allDevices: bool | None = None,
        target_did: str | None = None,
        target_group: str | None = None,
        target_devices_group: str | None = None,
        target_devices_labels: list[str] | None = None,
        target_devices_teeVendor: str | None = None,
        target_devices_minAttestation: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.UnassignResponse:
        """Takes an assignment back: devices that have the application by no
        other one remove it at their next contact."""
        return cast(models.UnassignResponse, self._call(
            "DELETE",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            "/assignments",
            query={
                "target.allDevices": target_allDevices,
                "target.did": target_did,
                "target.group": target_group,
                "target.devices.group": target_devices_group,
                "target.devices.labels": target_devices_labels,
                "target.devices.teeVendor": target_devices_teeVendor,
                "target.devices.minAttestation": target_devices_minAttestation,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_personalizations(
        self,
        *,
        spid: str,
        taid: str,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListPersonalizationsResponse:
        """Lists which devices have some, without the data."""
        return cast(models.ListPersonalizationsResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            "/personalizations",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_personalizations(
        self,
        *,
        spid: str,
        taid: str,
        pageSize: int | None = None,
    ) -> Iterator[models.Personalization]:
        """Lists which devices have some, without the data."""
        token: str | None = None
        while token != "":
            page = self.list_personalizations(
                spid=spid,
                taid=taid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["personalizations"]
            token = page["nextPageToken"]

    def put_personalization(
        self,
        *,
        spid: str,
        taid: str,
        did: str,
        data: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.PutPersonalizationResponse:
        """Stores it in place of what there was."""
        return cast(models.PutPersonalizationResponse, self._call(
            "PUT",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            f"/personalizations/{part(did)}",
            body={
                "data": data,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def delete_personalization(
        self,
        *,
        spid: str,
        taid: str,
        did: str,
        idempotency_key: str | None = None,
    ) -> models.DeletePersonalizationResponse:
        """Removes it, here and at the TSM; what a device has already stays
        there."""
        return cast(models.DeletePersonalizationResponse, self._call(
            "DELETE",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            f"/personalizations/{part(did)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def set_pull_endpoint(
        self,
        *,
        spid: str,
        taid: str,
        url: str | None = None,
        rootsPem: str | None = None,
        keyId: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SetPullEndpointResponse:
        """Says where an application's images are asked for."""
        return cast(models.SetPullEndpointResponse, self._call(
            "PUT",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            "/pull-endpoint",
            body={
                "url": url,
                "rootsPem": rootsPem,
                "keyId": keyId,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def get_pull_endpoint(
        self,
        *,
        spid: str,
        taid: str,
    ) -> models.GetPullEndpointResponse:
        """Gets an application's endpoint."""
        return cast(models.GetPullEndpointResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            "/pull-endpoint",
        ))

    def delete_pull_endpoint(
        self,
        *,
        spid: str,
        taid: str,
        idempotency_key: str | None = None,
    ) -> models.DeletePullEndpointResponse:
        """Takes the endpoint away."""
        return cast(models.DeletePullEndpointResponse, self._call(
            "DELETE",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            "/pull-endpoint",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_pulls(
        self,
        *,
        spid: str,
        taid: str,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListPullsResponse:
        """Lists what came of the requests to the endpoint, the newest first:
        which device's, and why one failed."""
        return cast(models.ListPullsResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            "/pulls",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_pulls(
        self,
        *,
        spid: str,
        taid: str,
        pageSize: int | None = None,
    ) -> Iterator[models.Pull]:
        """Lists what came of the requests to the endpoint, the newest first:
        which device's, and why one failed."""
        token: str | None = None
        while token != "":
            page = self.list_pulls(
                spid=spid,
                taid=taid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["pulls"]
            token = page["nextPageToken"]

    def push_image(
        self,
        *,
        spid: str,
        taid: str,
        version: str,
        image: str | None = None,
        personalizationData: str | None = None,
        format: str | None = None,
        manifest: models.Manifest | None = None,
        idempotency_key: str | None = None,
    ) -> models.PushImageResponse:
        """Stores an image after checking its signature against the SP's
        certificates."""
        return cast(models.PushImageResponse, self._call(
            "PUT",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            f"/versions/{part(version)}",
            body={
                "image": image,
                "personalizationData": personalizationData,
                "format": format,
                "manifest": manifest,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def get_version(
        self,
        *,
        spid: str,
        taid: str,
        version: str,
        documents: bool | None = None,
    ) -> models.GetVersionResponse:
        """NOT_FOUND names what is missing."""
        return cast(models.GetVersionResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            f"/versions/{part(version)}",
            query={
                "documents": documents,
            },
        ))

    def delete_version(
        self,
        *,
        spid: str,
        taid: str,
        version: str,
        idempotency_key: str | None = None,
    ) -> models.DeleteVersionResponse:
        """Removes the octets of a version, for ever, and takes it out of lists
        and quotas."""
        return cast(models.DeleteVersionResponse, self._call(
            "DELETE",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            f"/versions/{part(version)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def attach_provenance(
        self,
        *,
        spid: str,
        taid: str,
        version: str,
        content: bytes,
    ) -> models.AttachProvenanceResponse:
        """Keeps beside a version how it was made: an in-toto statement in a
        DSSE envelope."""
        return cast(models.AttachProvenanceResponse, self._call(
            "PUT",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            f"/versions/{part(version)}/provenance",
            content=content,
        ))

    def attach_sbom(
        self,
        *,
        spid: str,
        taid: str,
        version: str,
        content: bytes,
    ) -> models.AttachSbomResponse:
        """Keeps beside a version what it is made of: a bill of materials, SPDX
        or CycloneDX as JSON."""
        return cast(models.AttachSbomResponse, self._call(
            "PUT",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            f"/versions/{part(version)}/sbom",
            content=content,
        ))

    def approve_version(
        self,
        *,
        spid: str,
        taid: str,
        version: str,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ApproveVersionResponse:
        """For operators."""
        return cast(models.ApproveVersionResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            f"/versions/{part(version)}:approve",
            body={
                "reason": reason,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def deprecate_version(
        self,
        *,
        spid: str,
        taid: str,
        version: str,
        message: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.DeprecateVersionResponse:
        """Says that another version should be used."""
        return cast(models.DeprecateVersionResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            f"/versions/{part(version)}:deprecate",
            body={
                "message": message,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def add_pull_version(
        self,
        *,
        spid: str,
        taid: str,
        version: str,
        format: str | None = None,
        signerFingerprint: str | None = None,
        manifest: models.Manifest | None = None,
        idempotency_key: str | None = None,
    ) -> models.AddPullVersionResponse:
        """Makes a version without an image, for which the endpoint is
        asked."""
        return cast(models.AddPullVersionResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            f"/versions/{part(version)}:pull",
            body={
                "format": format,
                "signerFingerprint": signerFingerprint,
                "manifest": manifest,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def reject_version(
        self,
        *,
        spid: str,
        taid: str,
        version: str,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RejectVersionResponse:
        """For operators."""
        return cast(models.RejectVersionResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            f"/versions/{part(version)}:reject",
            body={
                "reason": reason,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def release_version(
        self,
        *,
        spid: str,
        taid: str,
        version: str,
        channel: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ReleaseVersionResponse:
        """Makes a pushed version the newest of a channel: the one that devices
        assigned on it shall have."""
        return cast(models.ReleaseVersionResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            f"/versions/{part(version)}:release",
            body={
                "channel": channel,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def submit_version(
        self,
        *,
        spid: str,
        taid: str,
        version: str,
        idempotency_key: str | None = None,
    ) -> models.SubmitVersionResponse:
        """Checks a version and puts it into the queue of the reviewers."""
        return cast(models.SubmitVersionResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            f"/versions/{part(version)}:submit",
            body={
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def yank_version(
        self,
        *,
        spid: str,
        taid: str,
        version: str,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.YankVersionResponse:
        """Takes a version out of delivery, for ever: it can't be released, and
        where it is released no further device gets it."""
        return cast(models.YankVersionResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/applications/{part(taid)}"
            f"/versions/{part(version)}:yank",
            body={
                "reason": reason,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def withdraw_application(
        self,
        *,
        spid: str,
        taid: str,
        idempotency_key: str | None = None,
    ) -> models.WithdrawApplicationResponse:
        """Takes the TA off all devices; the images stay."""
        return cast(models.WithdrawApplicationResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/applications"
            f"/{part(taid)}:withdraw",
            body={
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_assignments_by_spid(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListAssignmentsResponse:
        """Lists which devices shall have which application (by spid)."""
        return cast(models.ListAssignmentsResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/assignments",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_assignments_by_spid(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
    ) -> Iterator[models.Assignment]:
        """Lists which devices shall have which application (by spid)."""
        token: str | None = None
        while token != "":
            page = self.list_assignments_by_spid(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["assignments"]
            token = page["nextPageToken"]

    def enroll_certificate(
        self,
        *,
        spid: str,
        csrDer: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.EnrollCertificateResponse:
        """Gets the SP a TA signing certificate from the CA."""
        return cast(models.EnrollCertificateResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/certificates",
            body={
                "csrDer": csrDer,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def revoke_signing_certificate(
        self,
        *,
        spid: str,
        serial: str,
        reason: models.RevocationReason | None = None,
        idempotency_key: str | None = None,
    ) -> models.RevokeSigningCertificateResponse:
        """Revokes one of the SP's TA signing certificates, for ever: what it
        signed is taken and released no more."""
        return cast(models.RevokeSigningCertificateResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/certificates"
            f"/{part(serial)}:revoke",
            body={
                "reason": reason,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_console_sessions(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListConsoleSessionsResponse:
        """Lists the sessions that are good, never their secrets, which nobody
        keeps."""
        return cast(models.ListConsoleSessionsResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/console-sessions",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_console_sessions(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
    ) -> Iterator[models.ConsoleSession]:
        """Lists the sessions that are good, never their secrets, which nobody
        keeps."""
        token: str | None = None
        while token != "":
            page = self.list_console_sessions(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["sessions"]
            token = page["nextPageToken"]

    def revoke_console_session(
        self,
        *,
        spid: str,
        sessionId: str,
        idempotency_key: str | None = None,
    ) -> models.RevokeConsoleSessionResponse:
        """Ends a session at once."""
        return cast(models.RevokeConsoleSessionResponse, self._call(
            "DELETE",
            f"/v1/service-providers/{part(spid)}/console-sessions"
            f"/{part(sessionId)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def grant_entitlement(
        self,
        *,
        spid: str,
        target: models.Target | None = None,
        idempotency_key: str | None = None,
    ) -> models.GrantEntitlementResponse:
        """The same again is no error."""
        return cast(models.GrantEntitlementResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/entitlements",
            body={
                "target": target,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_entitlements(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListEntitlementsResponse:
        """Lists the entitlements that hold."""
        return cast(models.ListEntitlementsResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/entitlements",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_entitlements(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
    ) -> Iterator[models.Entitlement]:
        """Lists the entitlements that hold."""
        token: str | None = None
        while token != "":
            page = self.list_entitlements(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["entitlements"]
            token = page["nextPageToken"]

    def revoke_entitlement(
        self,
        *,
        spid: str,
        entitlementId: str,
        idempotency_key: str | None = None,
    ) -> models.RevokeEntitlementResponse:
        """Stops further assignments; those that were made stay until they are
        unassigned."""
        return cast(models.RevokeEntitlementResponse, self._call(
            "DELETE",
            f"/v1/service-providers/{part(spid)}/entitlements"
            f"/{part(entitlementId)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def create_invitation(
        self,
        *,
        spid: str,
        role: str | None = None,
        lifetimeSeconds: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.CreateInvitationResponse:
        """Makes a code for one person, shown this once."""
        return cast(models.CreateInvitationResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/invitations",
            body={
                "role": role,
                "lifetimeSeconds": lifetimeSeconds,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_invitations(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListInvitationsResponse:
        """Lists the invitations that are open."""
        return cast(models.ListInvitationsResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/invitations",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_invitations(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
    ) -> Iterator[models.Invitation]:
        """Lists the invitations that are open."""
        token: str | None = None
        while token != "":
            page = self.list_invitations(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["invitations"]
            token = page["nextPageToken"]

    def revoke_invitation(
        self,
        *,
        spid: str,
        invitationId: str,
        idempotency_key: str | None = None,
    ) -> models.RevokeInvitationResponse:
        """Makes an invitation's code worthless."""
        return cast(models.RevokeInvitationResponse, self._call(
            "DELETE",
            f"/v1/service-providers/{part(spid)}/invitations"
            f"/{part(invitationId)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_members(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListMembersResponse:
        """Lists the members with their roles."""
        return cast(models.ListMembersResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/members",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_members(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
    ) -> Iterator[models.Member]:
        """Lists the members with their roles."""
        token: str | None = None
        while token != "":
            page = self.list_members(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["members"]
            token = page["nextPageToken"]

    def set_member_role(
        self,
        *,
        spid: str,
        name: str,
        role: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SetMemberRoleResponse:
        """Changes what a member may do, with his tokens at once."""
        return cast(models.SetMemberRoleResponse, self._call(
            "PATCH",
            f"/v1/service-providers/{part(spid)}/members/{part(name)}",
            body={
                "role": role,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def remove_member(
        self,
        *,
        spid: str,
        name: str,
        idempotency_key: str | None = None,
    ) -> models.RemoveMemberResponse:
        """Removes a member and revokes his tokens."""
        return cast(models.RemoveMemberResponse, self._call(
            "DELETE",
            f"/v1/service-providers/{part(spid)}/members/{part(name)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def add_publisher(
        self,
        *,
        spid: str,
        issuer: str | None = None,
        subject: str | None = None,
        claims: dict[str, str] | None = None,
        role: str | None = None,
        taids: list[str] | None = None,
        idempotency_key: str | None = None,
    ) -> models.AddPublisherResponse:
        """By an owner."""
        return cast(models.AddPublisherResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/publishers",
            body={
                "issuer": issuer,
                "subject": subject,
                "claims": claims,
                "role": role,
                "taids": taids,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_publishers(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListPublishersResponse:
        """Lists the CIs that may act for the service provider."""
        return cast(models.ListPublishersResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/publishers",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_publishers(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
    ) -> Iterator[models.Publisher]:
        """Lists the CIs that may act for the service provider."""
        token: str | None = None
        while token != "":
            page = self.list_publishers(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["publishers"]
            token = page["nextPageToken"]

    def remove_publisher(
        self,
        *,
        spid: str,
        publisherId: str,
        idempotency_key: str | None = None,
    ) -> models.RemovePublisherResponse:
        """Tokens that it was given are revoked."""
        return cast(models.RemovePublisherResponse, self._call(
            "DELETE",
            f"/v1/service-providers/{part(spid)}/publishers"
            f"/{part(publisherId)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_rollouts_by_spid(
        self,
        *,
        spid: str,
        taid: str | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListRolloutsResponse:
        """Lists how many devices have which version (by spid)."""
        return cast(models.ListRolloutsResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/rollouts",
            query={
                "taid": taid,
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_rollouts_by_spid(
        self,
        *,
        spid: str,
        taid: str | None = None,
        pageSize: int | None = None,
    ) -> Iterator[models.Rollout]:
        """Lists how many devices have which version (by spid)."""
        token: str | None = None
        while token != "":
            page = self.list_rollouts_by_spid(
                spid=spid,
                taid=taid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["rollouts"]
            token = page["nextPageToken"]

    def create_token(
        self,
        *,
        spid: str,
        name: str | None = None,
        role: str | None = None,
        taids: list[str] | None = None,
        lifetimeSeconds: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.CreateTokenResponse:
        """Makes a token."""
        return cast(models.CreateTokenResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/tokens",
            body={
                "name": name,
                "role": role,
                "taids": taids,
                "lifetimeSeconds": lifetimeSeconds,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_tokens(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
        pageToken: str | None = None,
        includeDead: bool | None = None,
    ) -> models.ListTokensResponse:
        """Lists tokens, never their secrets, which nobody keeps."""
        return cast(models.ListTokensResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/tokens",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "includeDead": includeDead,
            },
        ))

    def each_tokens(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
        includeDead: bool | None = None,
    ) -> Iterator[models.Token]:
        """Lists tokens, never their secrets, which nobody keeps."""
        token: str | None = None
        while token != "":
            page = self.list_tokens(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
                includeDead=includeDead,
            )
            yield from page["tokens"]
            token = page["nextPageToken"]

    def revoke_token(
        self,
        *,
        spid: str,
        tokenId: str,
        idempotency_key: str | None = None,
    ) -> models.RevokeTokenResponse:
        """Revokes a token at once and for good."""
        return cast(models.RevokeTokenResponse, self._call(
            "DELETE",
            f"/v1/service-providers/{part(spid)}/tokens/{part(tokenId)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def create_webhook(
        self,
        *,
        spid: str,
        url: str | None = None,
        eventTypes: list[str] | None = None,
        idempotency_key: str | None = None,
    ) -> models.CreateWebhookResponse:
        """Makes a webhook."""
        return cast(models.CreateWebhookResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/webhooks",
            body={
                "url": url,
                "eventTypes": eventTypes,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_webhooks_by_spid(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListWebhooksResponse:
        """Lists the webhooks that the caller may see (by spid)."""
        return cast(models.ListWebhooksResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/webhooks",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_webhooks_by_spid(
        self,
        *,
        spid: str,
        pageSize: int | None = None,
    ) -> Iterator[models.Webhook]:
        """Lists the webhooks that the caller may see (by spid)."""
        token: str | None = None
        while token != "":
            page = self.list_webhooks_by_spid(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["webhooks"]
            token = page["nextPageToken"]

    def get_webhook(
        self,
        *,
        spid: str,
        webhookId: str,
    ) -> models.GetWebhookResponse:
        """Gets one webhook, without its secret."""
        return cast(models.GetWebhookResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/webhooks"
            f"/{part(webhookId)}",
        ))

    def update_webhook(
        self,
        *,
        spid: str,
        webhookId: str,
        url: str | None = None,
        eventTypes: list[str] | None = None,
        enabled: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.UpdateWebhookResponse:
        """Changes what is given, and leaves the rest."""
        return cast(models.UpdateWebhookResponse, self._call(
            "PATCH",
            f"/v1/service-providers/{part(spid)}/webhooks"
            f"/{part(webhookId)}",
            body={
                "url": url,
                "eventTypes": eventTypes,
                "enabled": enabled,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def delete_webhook(
        self,
        *,
        spid: str,
        webhookId: str,
        idempotency_key: str | None = None,
    ) -> models.DeleteWebhookResponse:
        """Takes a webhook away, with all that waits for it."""
        return cast(models.DeleteWebhookResponse, self._call(
            "DELETE",
            f"/v1/service-providers/{part(spid)}/webhooks"
            f"/{part(webhookId)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_webhook_deliveries_by_spid_webhook_id(
        self,
        *,
        spid: str,
        webhookId: str,
        state: models.WebhookDeliveryState | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListWebhookDeliveriesResponse:
        """Lists what was and is to be delivered, the newest first; it is kept
        for 30 days (by spid, webhookId)."""
        return cast(models.ListWebhookDeliveriesResponse, self._call(
            "GET",
            f"/v1/service-providers/{part(spid)}/webhooks"
            f"/{part(webhookId)}/deliveries",
            query={
                "state": state,
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_webhook_deliveries_by_spid_webhook_id(
        self,
        *,
        spid: str,
        webhookId: str,
        state: models.WebhookDeliveryState | None = None,
        pageSize: int | None = None,
    ) -> Iterator[models.WebhookDelivery]:
        """Lists what was and is to be delivered, the newest first; it is kept
        for 30 days (by spid, webhookId)."""
        token: str | None = None
        while token != "":
            page = self.list_webhook_deliveries_by_spid_webhook_id(
                spid=spid,
                webhookId=webhookId,
                state=state,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["deliveries"]
            token = page["nextPageToken"]

    def replay_webhook_delivery(
        self,
        *,
        spid: str,
        webhookId: str,
        eventId: str,
        idempotency_key: str | None = None,
    ) -> models.ReplayWebhookDeliveryResponse:
        """Delivers an event once more, whatever became of it, with the same
        webhook-id."""
        return cast(models.ReplayWebhookDeliveryResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/webhooks"
            f"/{part(webhookId)}/deliveries/{part(eventId)}:replay",
            body={
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def rotate_webhook_secret(
        self,
        *,
        spid: str,
        webhookId: str,
        overlap: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RotateWebhookSecretResponse:
        """Makes a new secret, which is in this answer and in no other."""
        return cast(models.RotateWebhookSecretResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/webhooks"
            f"/{part(webhookId)}:rotate-secret",
            body={
                "overlap": overlap,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def send_test_webhook_event(
        self,
        *,
        spid: str,
        webhookId: str,
        idempotency_key: str | None = None,
    ) -> models.SendTestWebhookEventResponse:
        """Sends an event otrp.webhook.test to this webhook, whatever it
        subscribes to."""
        return cast(models.SendTestWebhookEventResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}/webhooks"
            f"/{part(webhookId)}:test",
            body={
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def close_service_provider(
        self,
        *,
        spid: str,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.CloseServiceProviderResponse:
        """For good: tokens and invitations are revoked; what was done stays on
        record, and the spid stays taken."""
        return cast(models.CloseServiceProviderResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}:close",
            body={
                "reason": reason,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def resume_service_provider(
        self,
        *,
        spid: str,
        idempotency_key: str | None = None,
    ) -> models.ResumeServiceProviderResponse:
        """Ends a suspension; the tokens are good again."""
        return cast(models.ResumeServiceProviderResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}:resume",
            body={
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def suspend_service_provider(
        self,
        *,
        spid: str,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SuspendServiceProviderResponse:
        """Its tokens are dead at once, and nothing can be added to it."""
        return cast(models.SuspendServiceProviderResponse, self._call(
            "POST",
            f"/v1/service-providers/{part(spid)}:suspend",
            body={
                "reason": reason,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_sessions(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        did: str | None = None,
    ) -> models.ListSessionsResponse:
        """Lists sessions, the newest first."""
        return cast(models.ListSessionsResponse, self._call(
            "GET",
            "/v1/sessions",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "did": did,
            },
        ))

    def each_sessions(
        self,
        *,
        pageSize: int | None = None,
        did: str | None = None,
    ) -> Iterator[models.Session]:
        """Lists sessions, the newest first."""
        token: str | None = None
        while token != "":
            page = self.list_sessions(
                pageSize=pageSize,
                pageToken=token,
                did=did,
            )
            yield from page["sessions"]
            token = page["nextPageToken"]

    def get_session(
        self,
        *,
        tid: str,
    ) -> models.GetSessionResponse:
        """Gets one session with its messages."""
        return cast(models.GetSessionResponse, self._call(
            "GET",
            f"/v1/sessions/{part(tid)}",
        ))

    def set_issuer(
        self,
        *,
        issuer: str | None = None,
        audience: str | None = None,
        jwks: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SetIssuerResponse:
        """Adds one, or changes it."""
        return cast(models.SetIssuerResponse, self._call(
            "PUT",
            "/v1/token-issuers",
            body={
                "issuer": issuer,
                "audience": audience,
                "jwks": jwks,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_issuers(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListIssuersResponse:
        """Lists the issuers that are believed, and how fetching their keys
        goes."""
        return cast(models.ListIssuersResponse, self._call(
            "GET",
            "/v1/token-issuers",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_issuers(
        self,
        *,
        pageSize: int | None = None,
    ) -> Iterator[models.Issuer]:
        """Lists the issuers that are believed, and how fetching their keys
        goes."""
        token: str | None = None
        while token != "":
            page = self.list_issuers(
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["issuers"]
            token = page["nextPageToken"]

    def remove_issuer(
        self,
        *,
        issuer: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RemoveIssuerResponse:
        """Nothing of it is believed from now on; tokens that were given live
        out their minutes."""
        return cast(models.RemoveIssuerResponse, self._call(
            "POST",
            "/v1/token-issuers:remove",
            body={
                "issuer": issuer,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def exchange_token(
        self,
        *,
        spid: str | None = None,
        grantType: str | None = None,
        subjectToken: str | None = None,
        subjectTokenType: str | None = None,
    ) -> models.ExchangeTokenResponse:
        """An ID token for a token of the service provider, good for 15 minutes
        (RFC 8693)."""
        return cast(models.ExchangeTokenResponse, self._call(
            "POST",
            "/v1/token:exchange",
            body={
                "spid": spid,
                "grantType": grantType,
                "subjectToken": subjectToken,
                "subjectTokenType": subjectTokenType,
            },
        ))

    def give_up_token(
        self,
        *,
        token: str | None = None,
    ) -> models.GiveUpTokenResponse:
        """Revokes the token in the request, for good: who has it may give it
        up, whatever its role, and whoever finds one may, too."""
        return cast(models.GiveUpTokenResponse, self._call(
            "POST",
            "/v1/tokens:give-up",
            body={
                "token": token,
            },
        ))

    def add_trust_anchor(
        self,
        *,
        role: models.Role | None = None,
        name: str | None = None,
        certificateDer: str | None = None,
        acceptedEkus: list[str] | None = None,
        furtherCertificatesDer: list[str] | None = None,
        idempotency_key: str | None = None,
    ) -> models.AddTrustAnchorResponse:
        """Adds a root, or several at once: all or none."""
        return cast(models.AddTrustAnchorResponse, self._call(
            "POST",
            "/v1/trust-anchors",
            body={
                "role": role,
                "name": name,
                "certificateDer": certificateDer,
                "acceptedEkus": acceptedEkus,
                "furtherCertificatesDer": furtherCertificatesDer,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_trust_anchors(
        self,
        *,
        role: models.Role | None = None,
    ) -> models.ListTrustAnchorsResponse:
        """Lists the roots that are trusted."""
        return cast(models.ListTrustAnchorsResponse, self._call(
            "GET",
            "/v1/trust-anchors",
            query={
                "role": role,
            },
        ))

    def remove_trust_anchor(
        self,
        *,
        role: models.Role,
        name: str,
        idempotency_key: str | None = None,
    ) -> models.RemoveTrustAnchorResponse:
        """Removes one root."""
        return cast(models.RemoveTrustAnchorResponse, self._call(
            "DELETE",
            f"/v1/trust-anchors/{part(role)}/{part(name)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def add_tsm_id(
        self,
        *,
        uri: str | None = None,
        holder: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.AddTsmIdResponse:
        """Registers an id for one holder."""
        return cast(models.AddTsmIdResponse, self._call(
            "POST",
            "/v1/tsm-ids",
            body={
                "uri": uri,
                "holder": holder,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_tsm_ids(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        holder: str | None = None,
    ) -> models.ListTsmIdsResponse:
        """Lists the registered ids."""
        return cast(models.ListTsmIdsResponse, self._call(
            "GET",
            "/v1/tsm-ids",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "holder": holder,
            },
        ))

    def each_tsm_ids(
        self,
        *,
        pageSize: int | None = None,
        holder: str | None = None,
    ) -> Iterator[models.TsmId]:
        """Lists the registered ids."""
        token: str | None = None
        while token != "":
            page = self.list_tsm_ids(
                pageSize=pageSize,
                pageToken=token,
                holder=holder,
            )
            yield from page["tsmIds"]
            token = page["nextPageToken"]

    def release_tsm_id(
        self,
        *,
        uri: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ReleaseTsmIdResponse:
        """Takes an id off the list: whoever registers it next has it."""
        return cast(models.ReleaseTsmIdResponse, self._call(
            "POST",
            "/v1/tsm-ids:release",
            body={
                "uri": uri,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def transfer_tsm_id(
        self,
        *,
        uri: str | None = None,
        holder: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.TransferTsmIdResponse:
        """Gives an id to another holder, who may have certificates for it from
        then on; those of before stay good until they are revoked."""
        return cast(models.TransferTsmIdResponse, self._call(
            "POST",
            "/v1/tsm-ids:transfer",
            body={
                "uri": uri,
                "holder": holder,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_audit_events_of_tsm(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        subject: str | None = None,
        actionPrefix: str | None = None,
    ) -> models.ListAuditEventsResponse:
        """Lists events, newest first (tsm)."""
        return cast(models.ListAuditEventsResponse, self._call(
            "GET",
            "/v1/tsm/audit-events",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "subject": subject,
                "actionPrefix": actionPrefix,
            },
        ))

    def each_audit_events_of_tsm(
        self,
        *,
        pageSize: int | None = None,
        subject: str | None = None,
        actionPrefix: str | None = None,
    ) -> Iterator[models.AuditEvent]:
        """Lists events, newest first (tsm)."""
        token: str | None = None
        while token != "":
            page = self.list_audit_events_of_tsm(
                pageSize=pageSize,
                pageToken=token,
                subject=subject,
                actionPrefix=actionPrefix,
            )
            yield from page["events"]
            token = page["nextPageToken"]

    def verify_audit_log_of_tsm(
        self,
        *,
        afterSeal: str | None = None,
    ) -> models.VerifyAuditLogResponse:
        """Recomputes the hash chain over sealed events, a part of it at a
        time: as long as the answer has a nextAfterSeal, ask for the next part
        with it (tsm)."""
        return cast(models.VerifyAuditLogResponse, self._call(
            "GET",
            "/v1/tsm/audit-events:verify",
            query={
                "afterSeal": afterSeal,
            },
        ))

    def list_identities(
        self,
    ) -> models.ListIdentitiesResponse:
        """Lists the TSM's keys with their certificates: one RSA and one EC key
        that sign, those that are to follow, and those that were replaced
        within a day."""
        return cast(models.ListIdentitiesResponse, self._call(
            "GET",
            "/v1/tsm/identities",
        ))

    def rotate_identities(
        self,
        *,
        keyType: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RotateIdentitiesResponse:
        """Makes new keys with certificates of the same TSM id, so that
        devices' security domains stay this TSM's."""
        return cast(models.RotateIdentitiesResponse, self._call(
            "POST",
            "/v1/tsm/identities:rotate",
            body={
                "keyType": keyType,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def set_price_of_tsm(
        self,
        *,
        kind: str | None = None,
        party: str | None = None,
        amountMinor: str | None = None,
        currency: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SetPriceResponse:
        """Sets what one thing costs from now on (tsm)."""
        return cast(models.SetPriceResponse, self._call(
            "POST",
            "/v1/tsm/prices",
            body={
                "kind": kind,
                "party": party,
                "amountMinor": amountMinor,
                "currency": currency,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_prices_of_tsm(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListPricesResponse:
        """Lists prices, each as long as it held, oldest first (tsm)."""
        return cast(models.ListPricesResponse, self._call(
            "GET",
            "/v1/tsm/prices",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_prices_of_tsm(
        self,
        *,
        pageSize: int | None = None,
    ) -> Iterator[models.Price]:
        """Lists prices, each as long as it held, oldest first (tsm)."""
        token: str | None = None
        while token != "":
            page = self.list_prices_of_tsm(
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["prices"]
            token = page["nextPageToken"]

    def find_usage_events_of_tsm(
        self,
        *,
        pageSize: int | None = None,
        pageToken: str | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> models.FindUsageEventsResponse:
        """Finds events, oldest first (tsm)."""
        return cast(models.FindUsageEventsResponse, self._call(
            "GET",
            "/v1/tsm/usage-events",
            query={
                "pageSize": pageSize,
                "pageToken": pageToken,
                "from": from_,
                "to": to,
            },
        ))

    def each_usage_events_of_tsm(
        self,
        *,
        pageSize: int | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> Iterator[models.UsageEvent]:
        """Finds events, oldest first (tsm)."""
        token: str | None = None
        while token != "":
            page = self.find_usage_events_of_tsm(
                pageSize=pageSize,
                pageToken=token,
                from_=from_,
                to=to,
            )
            yield from page["events"]
            token = page["nextPageToken"]

    def sum_usage_of_tsm(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        by: models.UsageKey | None = None,
        pageToken: str | None = None,
    ) -> models.SumUsageResponse:
        """Sums events up, one day (UTC) a page (tsm)."""
        return cast(models.SumUsageResponse, self._call(
            "GET",
            "/v1/tsm/usage-events:sum",
            query={
                "from": from_,
                "to": to,
                "by": by,
                "pageToken": pageToken,
            },
        ))

    def each_usage_of_tsm(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        by: models.UsageKey | None = None,
    ) -> Iterator[models.UsageSum]:
        """Sums events up, one day (UTC) a page (tsm)."""
        token: str | None = None
        while token != "":
            page = self.sum_usage_of_tsm(
                from_=from_,
                to=to,
                by=by,
                pageToken=token,
            )
            yield from page["sums"]
            token = page["nextPageToken"]

    def create_upload(
        self,
        *,
        spid: str | None = None,
        taid: str | None = None,
        version: str | None = None,
        size: str | None = None,
        sha256: str | None = None,
        format: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.CreateUploadResponse:
        """Begins the upload of an image."""
        return cast(models.CreateUploadResponse, self._call(
            "POST",
            "/v1/uploads",
            body={
                "spid": spid,
                "taid": taid,
                "version": version,
                "size": size,
                "sha256": sha256,
                "format": format,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_uploads(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListUploadsResponse:
        """Open uploads, and those that were completed in the last 24 hours."""
        return cast(models.ListUploadsResponse, self._call(
            "GET",
            "/v1/uploads",
            query={
                "spid": spid,
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_uploads(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
    ) -> Iterator[models.Upload]:
        """Open uploads, and those that were completed in the last 24 hours."""
        token: str | None = None
        while token != "":
            page = self.list_uploads(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["uploads"]
            token = page["nextPageToken"]

    def get_upload(
        self,
        *,
        uploadId: str,
    ) -> models.GetUploadResponse:
        """How far it has come."""
        return cast(models.GetUploadResponse, self._call(
            "GET",
            f"/v1/uploads/{part(uploadId)}",
        ))

    def abort_upload(
        self,
        *,
        uploadId: str,
        idempotency_key: str | None = None,
    ) -> models.AbortUploadResponse:
        """Takes an open upload and what it brought away."""
        return cast(models.AbortUploadResponse, self._call(
            "DELETE",
            f"/v1/uploads/{part(uploadId)}",
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def write_chunk(
        self,
        *,
        uploadId: str,
        offset: str | None = None,
        content: bytes,
    ) -> models.WriteChunkResponse:
        """Writes the next octets."""
        return cast(models.WriteChunkResponse, self._call(
            "PUT",
            f"/v1/uploads/{part(uploadId)}/content",
            query={
                "offset": offset,
            },
            content=content,
        ))

    def complete_upload(
        self,
        *,
        uploadId: str,
        personalizationData: str | None = None,
        manifest: models.Manifest | None = None,
        idempotency_key: str | None = None,
    ) -> models.CompleteUploadResponse:
        """Checks digest, format and signature as PushImage does, and makes the
        version."""
        return cast(models.CompleteUploadResponse, self._call(
            "POST",
            f"/v1/uploads/{part(uploadId)}:complete",
            body={
                "personalizationData": personalizationData,
                "manifest": manifest,
            },
            keyed=True,
            idempotency_key=idempotency_key,
        ))

    def list_webhook_deliveries(
        self,
        *,
        spid: str | None = None,
        webhookId: str | None = None,
        state: models.WebhookDeliveryState | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListWebhookDeliveriesResponse:
        """Lists what was and is to be delivered, the newest first; it is kept
        for 30 days."""
        return cast(models.ListWebhookDeliveriesResponse, self._call(
            "GET",
            "/v1/webhook-deliveries",
            query={
                "spid": spid,
                "webhookId": webhookId,
                "state": state,
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_webhook_deliveries(
        self,
        *,
        spid: str | None = None,
        webhookId: str | None = None,
        state: models.WebhookDeliveryState | None = None,
        pageSize: int | None = None,
    ) -> Iterator[models.WebhookDelivery]:
        """Lists what was and is to be delivered, the newest first; it is kept
        for 30 days."""
        token: str | None = None
        while token != "":
            page = self.list_webhook_deliveries(
                spid=spid,
                webhookId=webhookId,
                state=state,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["deliveries"]
            token = page["nextPageToken"]

    def list_webhooks(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
        pageToken: str | None = None,
    ) -> models.ListWebhooksResponse:
        """Lists the webhooks that the caller may see."""
        return cast(models.ListWebhooksResponse, self._call(
            "GET",
            "/v1/webhooks",
            query={
                "spid": spid,
                "pageSize": pageSize,
                "pageToken": pageToken,
            },
        ))

    def each_webhooks(
        self,
        *,
        spid: str | None = None,
        pageSize: int | None = None,
    ) -> Iterator[models.Webhook]:
        """Lists the webhooks that the caller may see."""
        token: str | None = None
        while token != "":
            page = self.list_webhooks(
                spid=spid,
                pageSize=pageSize,
                pageToken=token,
            )
            yield from page["webhooks"]
            token = page["nextPageToken"]
