"""Made by clients/sdk/python/generate.py of docs/openapi.json."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class AbortUploadResponse(TypedDict):
    pass


class AcceptInvitationRequest(TypedDict):
    # Of the invitation or of the registration.
    code: NotRequired[str]
    # Of the member: letters, digits, '.', '-', '_'; 1 to 64.
    name: NotRequired[str]


class AcceptInvitationResponse(TypedDict):
    # Of the service provider; empty: of the operators' side.
    spid: str
    # As stored.
    member: NotRequired[Member]
    # The member's own, with his role, good for 30 days. Nobody can show it
    # again.
    token: str
    # Until when it is good.
    tokenExpiresAt: NotRequired[str]


class ActivateGenerationRequest(TypedDict):
    pass


class ActivateGenerationResponse(TypedDict):
    # As it stands.
    generation: NotRequired[Authority]


class ActivatePolicyDraftRequest(TypedDict):
    # Of its scope, as the caller saw it; ABORTED when it is no longer current.
    # 0 replaces whatever is there.
    expectedVersion: NotRequired[str]


class ActivatePolicyDraftResponse(TypedDict):
    # As it is now.
    draft: NotRequired[PolicyDraft]


class ActivateReferenceValueRequest(TypedDict):
    # Only says what would come of it.
    dryRun: NotRequired[bool]


class ActivateReferenceValueResponse(TypedDict):
    # As it is now, or would be.
    value: NotRequired[ReferenceValue]
    # Recorded devices with this TEE that are accepted at present.
    devices: str
    # Nothing was changed.
    dryRun: bool


class ActiveTrustAnchor(TypedDict):
    # Whose hierarchy.
    role: Role
    # Unique within a role.
    name: str
    # X.509, DER.
    certificateDer: str
    # Usages that it is trusted for beside the role's (otrp.ca.v1.TrustAnchor).
    acceptedEkus: list[str]


class AddEvidenceKeyRequest(TypedDict):
    # 1 to 64 octets.
    keyId: NotRequired[str]
    # SubjectPublicKeyInfo, DER: P-256, P-384 or RSA.
    spki: NotRequired[str]


class AddEvidenceKeyResponse(TypedDict):
    # As it is stored.
    key: NotRequired[EvidenceKey]


class AddGroupMembersRequest(TypedDict):
    # Ids of devices, 32 octets each.
    dids: NotRequired[list[str]]


class AddGroupMembersResponse(TypedDict):
    pass


class AddPublisherRequest(TypedDict):
    # One that operators have set.
    issuer: NotRequired[str]
    # What the ID token's "sub" must be: up to 200 characters. A "*" at the end
    # stands for anything; alone it is refused.
    subject: NotRequired[str]
    # Further claims that the ID token must have, with these values; up to 16.
    # Numbers, true and false as JSON writes them.
    claims: NotRequired[dict[str, str]]
    # "auditor", "developer" (also where it is empty) or "releaser".
    role: NotRequired[str]
    # The only applications that its tokens may act on, up to 32; empty: all.
    taids: NotRequired[list[str]]


class AddPublisherResponse(TypedDict):
    # As stored.
    publisher: NotRequired[Publisher]


class AddPullVersionRequest(TypedDict):
    # "jws" (default when empty) or "optee": of the images.
    format: NotRequired[str]
    # SHA-256 of the SP's certificate that signs the images and the endpoint's
    # answers, 32 octets; empty: the current one.
    signerFingerprint: NotRequired[str]
    # May be missing.
    manifest: NotRequired[Manifest]


class AddPullVersionResponse(TypedDict):
    # As stored.
    version: NotRequired[ApplicationVersion]
    # SHA-256 of the certificate that signs.
    signerFingerprint: str


class AddRevocationDataRequest(TypedDict):
    # DER of an X.509 CRL, or of an OCSPResponse (RFC 6960); up to 16 MiB.
    dataDer: NotRequired[str]


class AddRevocationDataResponse(TypedDict):
    # As stored.
    data: NotRequired[RevocationData]


class AddTrustAnchorRequest(TypedDict):
    # ROLE_TEE, ROLE_TFW or ROLE_SP.
    role: NotRequired[Role]
    # Unique within a role: letters, digits, '.', '-', '_'; up to 64.
    name: NotRequired[str]
    # X.509, DER.
    certificateDer: NotRequired[str]
    # Extended key usages that certificates below may have instead of the
    # role's, dotted; 2.5.29.37.0 is any whatsoever. At most 16.
    acceptedEkus: NotRequired[list[str]]
    # Up to 99 more roots, with the same usages. They are named NAME-2, NAME-3
    # and so on.
    furtherCertificatesDer: NotRequired[list[str]]


class AddTrustAnchorResponse(TypedDict):
    # As stored.
    anchor: NotRequired[TrustAnchor]
    # Likewise.
    furtherAnchors: list[TrustAnchor]


class AddTsmIdRequest(TypedDict):
    # An absolute https URI of up to 255 printable characters.
    uri: NotRequired[str]
    # Empty: otrp://service/tsm.
    holder: NotRequired[str]


class AddTsmIdResponse(TypedDict):
    # As stored.
    tsmId: NotRequired[TsmId]


class Application(TypedDict):
    # Whose application it is.
    spid: str
    # Of the TA, 1 to 64: letters, digits, '.', '-', '_' (a UUID as a rule).
    taid: str
    # Of channel "stable"; empty when nothing is released there.
    releasedVersion: str
    # True: it is to be on no device.
    withdrawn: bool
    # Lowest first.
    versions: list[ApplicationVersion]
    # Of channel "beta"; empty when nothing is released there. Devices on
    # "beta" have the higher one of this and releasedVersion.
    betaVersion: str


class ApplicationVersion(TypedDict):
    # One to four dotted numbers, e.g. "1.0.0".
    version: str
    # Of the image: "jws" or "optee" (docs/ta-image.md).
    format: str
    # 32 octets.
    imageSha256: str
    # The image's size in octets.
    imageBytes: str
    # When it was uploaded.
    pushedAt: NotRequired[str]
    # How far it is on its way to a release.
    reviewState: ReviewState
    # What to use instead; empty: it isn't deprecated.
    deprecation: str
    # True: no further device gets it.
    yanked: bool
    # Why.
    yankReason: str
    # When its octets were removed; unset: they are there.
    deletedAt: NotRequired[str]
    # True: its images are asked for at the pull endpoint, device by device;
    # nobody here has one, and imageSha256 is empty.
    pull: bool
    # Why no further device gets it, though nobody yanked it: the certificate
    # that signed it was revoked, "signer revoked: keyCompromise"
    # (docs/operations.md). Empty: nothing is in the way.
    withheld: str


class Appraisal(TypedDict):
    # Grows with time.
    id: str
    # When it happened.
    at: NotRequired[str]
    # Transaction id of the session, as on the wire.
    tid: str
    # The device's id, 32 octets.
    did: str
    # Accepted or refused.
    verdict: Verdict
    # Why it is refused; remarks where it is accepted.
    reasons: list[Reason]
    # Which version of the policy was applied.
    policyVersion: str
    # Its evidence is kept and can be judged again.
    evidenceKept: bool


class AppraiseEvidenceRequest(TypedDict):
    # The token, its media type and the challenge that it answers.
    token: NotRequired[TokenEvidence]


class AppraiseEvidenceResponse(TypedDict):
    # As the tsm would get it.
    result: NotRequired[AppraiseResponse]


class AppraiseResponse(TypedDict):
    # Accepted or refused.
    verdict: Verdict
    # Why it is refused; remarks where it is accepted.
    reasons: list[Reason]
    # SHA-256 of the TEE certificate's DER, 32 octets; set whenever a TEE
    # certificate could be read, even on refusal.
    did: str
    # SubjectPublicKeyInfo of the TEE's key, DER; only when accepted.
    teeKeySpki: str
    # Certificate of the TEE, DER; set like did.
    teeCertificate: str
    # As in the DSI; empty where refused before it was read.
    teeName: str
    # As teeName.
    teeVersion: str
    # True when firmware evidence was present and good.
    firmwareVerified: bool
    # Until when the TEE's chain is valid; only when accepted.
    notAfter: NotRequired[str]
    # Version of the policy that was applied.
    policyVersion: str
    # Name of the trust anchor that the TEE's chain ends at; only when
    # accepted.
    teeAnchor: str
    # How the evidence was read: "otrp-dsi", "psa", "eat-cwt" or "eat-jwt".
    scheme: str
    # Service providers of whom the device is to get nothing; only when
    # accepted. In the order of their ids.
    tenantRefusals: list[TenantRefusal]


class ApproveIssuanceRequest(TypedDict):
    pass


class ApproveIssuanceResponse(TypedDict):
    # Serial number: lower-case hex, no leading zeros.
    serial: str
    # DER, leaf first, root last.
    chainDer: list[str]


class ApproveRegistrationRequest(TypedDict):
    pass


class ApproveRegistrationResponse(TypedDict):
    # Approved.
    registration: NotRequired[Registration]


class ApproveVersionRequest(TypedDict):
    # For people; up to 500 characters, or none.
    reason: NotRequired[str]


class ApproveVersionResponse(TypedDict):
    # As it is now.
    review: NotRequired[Review]


class AssignRequest(TypedDict):
    # Which devices.
    target: NotRequired[Target]
    # Whose versions they get: "stable" (also where empty) or "beta".
    channel: NotRequired[str]


class AssignResponse(TypedDict):
    # False: stored, and on its way to the TSM.
    delivered: bool


class Assignment(TypedDict):
    # Whose application it is.
    spid: str
    # Of the TA, 1 to 64: letters, digits, '.', '-', '_' (a UUID as a rule).
    taid: str
    # Which devices.
    target: NotRequired[Target]
    # When it was assigned.
    assignedAt: NotRequired[str]
    # "stable" or "beta".
    channel: str


class AttachProvenanceResponse(TypedDict):
    # Without its envelope.
    provenance: NotRequired[Provenance]


class AttachSbomResponse(TypedDict):
    # Without its document.
    sbom: NotRequired[Sbom]


class Attestation(TypedDict):
    # "accepted" or "refused".
    verdict: str
    # Why it is refused; remarks where it is accepted.
    reasons: list[AttestationReason]
    # When it happened.
    at: NotRequired[str]


class AttestationReason(TypedDict):
    # A constant, e.g. "tee-chain-unknown-issuer".
    code: str
    # For people; may change.
    detail: str
    # What the code means, for people (docs/attestation.md).
    meaning: str


class AuditEpoch(TypedDict):
    """Another chain goes on from here: history may have been cut."""
    # Counts up by one.
    epoch: str
    # The first link of it.
    firstSeal: str
    # When that was made.
    at: NotRequired[str]
    # Why: the database is on another server than before, or was brought back
    # to a point in time; or a newer form of seals.
    reason: str


class AuditEvent(TypedDict):
    """One thing that happened, as it was decided at that time."""
    # Row number in this service's log; grows, may have gaps.
    id: str
    # When it happened.
    at: NotRequired[str]
    # Who asked: the caller's identity URI, or "device:<did in hex>".
    actor: str
    # What was done, a constant such as "certificate.issue".
    action: str
    # To what: a serial, a did (a tid where the device isn't known),
    # "spid/taid".
    subject: str
    # "ok", "refused" or "failed".
    outcome: str
    # Further facts as one JSON object. Never a secret.
    detailsJson: str
    # W3C trace id, 32 lower-case hex digits; empty where there was none.
    traceId: str


class Authority(TypedDict):
    # As used in /pki/crl/<name>.crl, e.g. "tee-ca".
    name: str
    # Whose hierarchy.
    role: Role
    # True for a self-signed one.
    isRoot: bool
    # DER of its own certificate.
    certificateDer: str
    # Name of the authority that signed it; its own for a root.
    issuer: str
    # End of validity.
    notAfter: NotRequired[str]
    # "RSA", "EC" or "EC on P-384".
    keyType: str
    # Name of the authority whose generation it is: that of the first one.
    line: str
    # 1 for the first.
    generation: int
    # "next", "active", "retiring", "retired" or "revoked".
    state: str
    # Of the modulus, or of the curve.
    keyBits: int
    # Certificates of the same key by other generations of the root, for those
    # who build chains (DER).
    crossCertificatesDer: list[str]
    # Dotted OIDs of the certificate policies that it issues by.
    policyOids: list[str]
    # Where its practice statement stands; empty: nowhere.
    cpsUri: str
    # Identity of whose it is; empty: anybody's.
    owner: str


class BatchChain(TypedDict):
    # DER, the issuer of the certificates first, root last.
    issuerChainDer: list[str]


class BatchItem(TypedDict):
    # PKCS#10, DER. Its signature proves possession of the key; no two items
    # may have the same key.
    csrDer: NotRequired[str]
    # Replaces the CSR's common name where not empty.
    commonName: NotRequired[str]
    # URIs of the subjectAltName; the CSR's where there are none.
    sanUris: NotRequired[list[str]]
    # Chosen by the caller, 1 to 128 characters.
    requestId: NotRequired[str]


class BatchResult(TypedDict):
    # Serial number: lower-case hex, no leading zeros; empty where it was
    # refused.
    serial: str
    # X.509, DER; empty where it was refused.
    certificateDer: str
    # Which of the response's chains is above it.
    chain: int
    # End of validity.
    notAfter: NotRequired[str]
    # Of one that was refused: the item's field, and what is wrong with it.
    field: str
    # As above: a sentence without the field.
    reason: str


class Certificate(TypedDict):
    # Serial number: lower-case hex, no leading zeros.
    serial: str
    # What the certificate is for.
    profile: Profile
    # Name of the authority that signed it.
    authority: str
    # Its common name, which is all of its distinguished name.
    subject: str
    # URIs of the subjectAltName.
    sanUris: list[str]
    # Begin of validity.
    notBefore: NotRequired[str]
    # End of validity.
    notAfter: NotRequired[str]
    # "intended" (signing may have happened, nothing stored), "issued",
    # "revoked".
    status: str
    # Of a revoked one.
    revocationReason: RevocationReason
    # Empty for "intended".
    der: str
    # Of a revoked one: when that was recorded.
    revokedAt: NotRequired[str]


class CloseServiceProviderRequest(TypedDict):
    # For the record: 1 to 200 characters.
    reason: NotRequired[str]


class CloseServiceProviderResponse(TypedDict):
    pass


class CompleteUploadRequest(TypedDict):
    # Personalization data, opaque; up to 1 MiB. Kept apart from the image.
    personalizationData: NotRequired[str]
    # May be missing.
    manifest: NotRequired[Manifest]


class CompleteUploadResponse(TypedDict):
    # SHA-256 of the image, 32 octets.
    imageSha256: str
    # SHA-256 of the certificate that signed it.
    signerFingerprint: str


class ConsoleSession(TypedDict):
    # "ses_..."; names the session, and is no secret.
    sessionId: str
    # The token that it was begun with.
    tokenId: str
    # Whose that is.
    member: str
    # When it was begun.
    createdAt: NotRequired[str]
    # Until when it is good, unless it is ended.
    expiresAt: NotRequired[str]
    # To the minute; missing where it never was.
    lastUsedAt: NotRequired[str]


class CreateAuthorityRequest(TypedDict):
    # Lower-case letters, digits and '-', beginning with a letter; up to 48.
    line: NotRequired[str]
    # ROLE_TSM, ROLE_TEE, ROLE_TFW or ROLE_SP.
    role: NotRequired[Role]
    # Common name of its certificate, up to 64 characters.
    commonName: NotRequired[str]
    # "RSA-2048", "RSA-3072", "RSA-4096", "P-256" or "P-384"; empty: as the
    # issuer's.
    key: NotRequired[str]
    # Days that it lives; 0: 15 years. It never outlives its issuer.
    lifetimeDays: NotRequired[int]
    # Dotted OIDs of certificate policies (RFC 5280 4.2.1.4), up to 8.
    policyOids: NotRequired[list[str]]
    # Where the practice statement stands: an http or https URI. Needs a
    # policy.
    cpsUri: NotRequired[str]
    # Name constraints (RFC 5280 4.2.1.10): hosts that URIs of certificates
    # below must have, ".acme.example" for all of a domain. Empty: any.
    permittedUriHosts: NotRequired[list[str]]
    # The same of DNS names.
    permittedDns: NotRequired[list[str]]
    # Identity that it belongs to, "otrp://sp/acme": nobody else but operators
    # may have certificates of it, or see what it costs. Empty: anybody's.
    owner: NotRequired[str]
    # Name of the trust anchor of it; empty: the line. Only TEE, TFW and SP.
    vendor: NotRequired[str]


class CreateAuthorityResponse(TypedDict):
    # As it stands.
    authority: NotRequired[Authority]


class CreateInvitationRequest(TypedDict):
    # What the member will be.
    role: NotRequired[str]
    # 1 hour to 14 days, in seconds; 0 means 7 days.
    lifetimeSeconds: NotRequired[str]


class CreateInvitationRequestBy(TypedDict):
    # Of the service provider; empty: of the operators' side.
    spid: NotRequired[str]
    # What the member will be.
    role: NotRequired[str]
    # 1 hour to 14 days, in seconds; 0 means 7 days.
    lifetimeSeconds: NotRequired[str]


class CreateInvitationResponse(TypedDict):
    # As stored.
    invitation: NotRequired[Invitation]
    # To be handed to the invited. Nobody can show it again.
    code: str


class CreatePolicyDraftRequest(TypedDict):
    # Whom it is for; the base where unset.
    scope: NotRequired[PolicyScope]
    # undatedCrlDays and attestByHours are the base's alone.
    policy: NotRequired[Policy]
    # Up to 256 octets.
    note: NotRequired[str]


class CreatePolicyDraftResponse(TypedDict):
    # As it is kept.
    draft: NotRequired[PolicyDraft]


class CreateServiceProviderRequest(TypedDict):
    # Letters, digits, '.', '-', '_'; 1 to 64.
    spid: NotRequired[str]
    # For people: 1 to 200 characters, none of them control characters.
    name: NotRequired[str]


class CreateServiceProviderResponse(TypedDict):
    # As stored.
    serviceProvider: NotRequired[ServiceProvider]


class CreateTokenRequest(TypedDict):
    # What it is for: 1 to 200 characters.
    name: NotRequired[str]
    # At most the caller's own.
    role: NotRequired[str]
    # The only applications that it may act on, up to 32; empty: all that the
    # caller may act on.
    taids: NotRequired[list[str]]
    # 1 minute to the portal's maximum, in seconds; 0 means 90 days, or that
    # maximum where it is less.
    lifetimeSeconds: NotRequired[str]


class CreateTokenRequestBy(TypedDict):
    # Of the service provider; empty: of the operators' side.
    spid: NotRequired[str]
    # What it is for: 1 to 200 characters.
    name: NotRequired[str]
    # At most the caller's own.
    role: NotRequired[str]
    # The only applications that it may act on, up to 32; empty: all that the
    # caller may act on.
    taids: NotRequired[list[str]]
    # 1 minute to the portal's maximum, in seconds; 0 means 90 days, or that
    # maximum where it is less.
    lifetimeSeconds: NotRequired[str]


class CreateTokenResponse(TypedDict):
    # As stored.
    token: NotRequired[Token]
    # "otrp_...", for the header "Authorization: Bearer". Nobody can show it
    # again.
    secret: str


class CreateUploadRequest(TypedDict):
    # Whose application it is for.
    spid: NotRequired[str]
    # Of the TA, 1 to 64: letters, digits, '.', '-', '_' (a UUID as a rule).
    taid: NotRequired[str]
    # One to four dotted numbers, e.g. "1.0.0"; "1.0" is the same version.
    version: NotRequired[str]
    # Octets of the image; up to 64 MiB. Devices get images of up to 16 MiB
    # through the TSM; a larger one is kept, and can't be released.
    size: NotRequired[str]
    # Of the image, 32 octets.
    sha256: NotRequired[str]
    # "jws" (default when empty) or "optee".
    format: NotRequired[str]


class CreateUploadResponse(TypedDict):
    # A new one, or the one that is under way.
    upload: NotRequired[Upload]


class CreateWebhookRequest(TypedDict):
    # An https URL of a host of the public Internet, up to 2000 characters,
    # without user, password and fragment.
    url: NotRequired[str]
    # Full names of events, or "*" alone for all.
    eventTypes: NotRequired[list[str]]


class CreateWebhookResponse(TypedDict):
    # As stored.
    webhook: NotRequired[Webhook]
    # "whsec_" and the base64 of 32 octets. Keep it: it isn't shown again.
    secret: str


class CrossSignGenerationRequest(TypedDict):
    # The generation that signs.
    signer: NotRequired[int]


class CrossSignGenerationResponse(TypedDict):
    # X.509, DER.
    certificateDer: str
    # As it stands.
    generation: NotRequired[Authority]


class DeleteApplicationResponse(TypedDict):
    # How many versions were deleted with it.
    versions: int


class DeleteEvidenceAnchorResponse(TypedDict):
    pass


class DeletePersonalizationResponse(TypedDict):
    # False: stored, and on its way to the TSM.
    delivered: bool


class DeletePullEndpointResponse(TypedDict):
    # False: stored, and on its way to the TSM.
    delivered: bool


class DeleteReferenceValueResponse(TypedDict):
    pass


class DeleteVersionResponse(TypedDict):
    # As it is now.
    version: NotRequired[ApplicationVersion]


class DeleteWebhookResponse(TypedDict):
    pass


class Dependency(TypedDict):
    """Another application that must be there."""
    # Of the TA that is needed.
    taid: NotRequired[str]
    # The lowest version that will do.
    minVersion: NotRequired[str]


class DeprecateVersionRequest(TypedDict):
    # What to use instead, for people; up to 500 characters.
    message: NotRequired[str]


class DeprecateVersionResponse(TypedDict):
    # As it is now.
    version: NotRequired[ApplicationVersion]


class Device(TypedDict):
    # SHA-256 of the TEE certificate, 32 octets.
    did: str
    # Dialect of its messages.
    dialect: Dialect
    # "RSA" or "EC".
    keyType: str
    # As the TEE said in its latest accepted state.
    teeName: str
    # As teeName.
    teeVersion: str
    # Of its latest state.
    attestation: NotRequired[Attestation]
    # As the TEE reported them, and what was done since.
    securityDomains: list[SecurityDomain]
    # Time of the first message that told who it is, refused or not.
    firstSeen: NotRequired[str]
    # Time of the latest message.
    lastSeen: NotRequired[str]
    # In the order of their names.
    groups: list[str]
    # What is still to be done or has failed.
    tasks: list[Task]
    # What operators say of it: "key=value", in the order of the keys.
    labels: list[str]
    # The name of the trust anchor that its TEE's certificate leads to; empty
    # for one that was never accepted. Not what the TEE says of itself, as
    # teeName.
    teeVendor: str
    # What its latest evidence was worth: "none", "tee-authenticated" or
    # "firmware-verified" (docs/attestation.md).
    attestationTier: str
    # Service providers whose policy refuses it: it gets nothing of theirs. To
    # a service provider only its own is shown.
    refusedBySpids: list[str]


class DeviceConditions(TypedDict):
    """Conditions on a device, all of which must hold; at least one is
    given."""
    # It is in this group; empty: in whichever.
    group: NotRequired[str]
    # It has these labels, "key=value" each; 8 at most.
    labels: NotRequired[list[str]]
    # Its TEE's certificate leads to the trust anchor of this name; empty: to
    # whichever.
    teeVendor: NotRequired[str]
    # Its latest evidence was worth that much or more: "tee-authenticated" or
    # "firmware-verified" (docs/attestation.md); empty: whatever it was worth.
    minAttestation: NotRequired[str]


Dialect = Literal[
    "DIALECT_UNSPECIFIED",
    "DIALECT_IETF03",
    "DIALECT_PEI03",
]


class DiscardPolicyDraftRequest(TypedDict):
    pass


class DiscardPolicyDraftResponse(TypedDict):
    # As it is now.
    draft: NotRequired[PolicyDraft]


class EnrollCertificateRequest(TypedDict):
    # PKCS#10, DER.
    csrDer: NotRequired[str]


class EnrollCertificateResponse(TypedDict):
    # Serial number: lower-case hex, no leading zeros.
    serial: str
    # DER, leaf first, root last.
    chainDer: list[str]
    # True when the TSM has it already; false: it is queued and will get there.
    delivered: bool


class Entitlement(TypedDict):
    # "ent_..."
    entitlementId: str
    # Whose it is.
    spid: str
    # What may be reached.
    target: NotRequired[Target]
    # The operator's identity URI; "migration" for what was assigned before
    # there were entitlements.
    grantedBy: str
    # When.
    grantedAt: NotRequired[str]


class EvidenceAnchor(TypedDict):
    # Of the maker: also that of its root among the trust anchors of TEEs,
    # where it has one.
    name: str
    # Of "otrp-dsi", "psa", "eat-cwt", "eat-jwt".
    schemes: list[str]
    # Of the last change.
    changedAt: NotRequired[str]
    # Who made that.
    changedBy: str


class EvidenceKey(TypedDict):
    # How tokens name it: a PSA device's instance id (33 octets), a UEID, or
    # the kid of the token's header.
    keyId: str
    # Name of an evidence anchor: the device's maker.
    anchor: str
    # SubjectPublicKeyInfo, DER: P-256, P-384 or RSA.
    spki: str
    # SHA-256 of `spki`, 32 octets: the device's id here.
    did: str
    # When it was registered.
    addedAt: NotRequired[str]
    # By whom.
    addedBy: str


class ExchangeTokenRequest(TypedDict):
    # Whose token is wanted.
    spid: NotRequired[str]
    # "urn:ietf:params:oauth:grant-type:token-exchange", or empty.
    grantType: NotRequired[str]
    # The CI's ID token: a JWS in compact form, RS256 or ES256; up to 16 KiB.
    subjectToken: NotRequired[str]
    # "urn:ietf:params:oauth:token-type:id_token", "...:jwt", or empty.
    subjectTokenType: NotRequired[str]


class ExchangeTokenResponse(TypedDict):
    # "otrp_...", for the header "Authorization: Bearer".
    accessToken: str
    # "urn:ietf:params:oauth:token-type:accessToken".
    issuedTokenType: str
    # "Bearer".
    tokenType: str
    # Seconds.
    expiresIn: int


class ExplainDeviceResponse(TypedDict):
    # By its recorded evidence and the policies of this moment.
    verdict: Verdict
    # When that evidence was appraised.
    appraisedAt: NotRequired[str]
    # In the order in which they are asked.
    decisions: list[PolicyDecision]
    # Why it is refused, and remarks.
    reasons: list[Reason]
    # Service providers that refuse it though the verdict is accepted.
    tenantRefusals: list[TenantRefusal]


class FindExpiringCertificatesResponse(TypedDict):
    # The first to end first.
    certificates: list[Certificate]
    # Empty on the last page.
    nextPageToken: str


class FindUsageEventsResponse(TypedDict):
    # Oldest first.
    events: list[UsageEvent]
    # Empty on the last page.
    nextPageToken: str


class GetCallerResponse(TypedDict):
    # A certificate's holder has no agent and no expiry here; a CI job's token
    # no expiry.
    principal: NotRequired[Principal]
    # "tok_...", where it is known.
    tokenId: str


class GetCertificateResponse(TypedDict):
    # Whatever its status.
    certificate: NotRequired[Certificate]
    # DER of the issuers, the leaf's issuer first, root last.
    issuerChainDer: list[str]


class GetCrlResponse(TypedDict):
    # CertificateList, DER; empty where its number is the known one.
    crlDer: str
    # From when it holds.
    thisUpdate: NotRequired[str]
    # When a newer one is due.
    nextUpdate: NotRequired[str]
    # Of the list (RFC 5280 section 5.2.3).
    number: str


class GetCrlShardsResponse(TypedDict):
    # How many new certificates are divided into.
    current: int
    # Numbers of lists that certificates were divided into so far, 1 (all of
    # them) included; the smallest first.
    served: list[int]


class GetDevicePlanResponse(TypedDict):
    # In the order of sending; those that can't be sent now come last.
    steps: list[PlanStep]
    # By security domain and application.
    kept: list[KeptContent]
    # Removals wait for an operator.
    removalsPaused: bool
    # Of the catalogue that this follows from; grows with each change of it.
    catalogueVersion: str


class GetDeviceResponse(TypedDict):
    # With its tasks.
    device: NotRequired[Device]


class GetGenerationResponse(TypedDict):
    # As it stands.
    generation: NotRequired[Authority]
    # What stops working when it is revoked.
    live: list[LiveCertificates]
    # Identities and ids of those that have a living certificate of it, up to
    # 20 of services and TSMs.
    holders: list[str]


class GetIssuanceRequestResponse(TypedDict):
    # As it stands.
    request: NotRequired[IssuanceRequest]
    # DER, leaf first, root last; empty until it is issued.
    chainDer: list[str]


class GetKeyEncryptionResponse(TypedDict):
    # Of each kind that there is.
    rows: list[SealedRows]
    # Whether the service was given a previous key.
    hasPrevious: bool
    # No row needs the previous key any more.
    complete: bool


class GetOutboxMessageResponse(TypedDict):
    # Without its payload.
    message: NotRequired[OutboxMessage]


class GetPolicyDraftResponse(TypedDict):
    # As it is now.
    draft: NotRequired[PolicyDraft]
    # The newest last; at most 100.
    history: list[PolicyDraftEvent]


class GetPolicyResponse(TypedDict):
    # The one that holds; empty where none was ever set.
    policy: NotRequired[Policy]
    # 1, 2, ...; 0 where none was ever set.
    version: str


class GetPullEndpointResponse(TypedDict):
    # As stored.
    endpoint: NotRequired[PullEndpoint]


class GetReferenceValueResponse(TypedDict):
    # As it is now.
    value: NotRequired[ReferenceValue]
    # What it was, newest first; at most 100.
    history: list[ReferenceValue]


class GetRemovalBrakeResponse(TypedDict):
    # As it is now.
    brake: NotRequired[RemovalBrake]


class GetResultResponse(TypedDict):
    # JWT, ES256.
    ear: str
    # "affirming", "warning", "contraindicated" or "none", as in the JWT.
    status: str
    # When the evidence was appraised.
    appraisedAt: NotRequired[str]
    # Until when the JWT is valid.
    expiresAt: NotRequired[str]


class GetServiceProviderResponse(TypedDict):
    # With all of its certificates.
    serviceProvider: NotRequired[ServiceProvider]


class GetSessionResponse(TypedDict):
    # With its messages.
    session: NotRequired[Session]


class GetUploadResponse(TypedDict):
    # As it is now.
    upload: NotRequired[Upload]


class GetVersionResponse(TypedDict):
    # Of this application.
    version: NotRequired[ApplicationVersion]
    # The latest one; unset where it was never submitted.
    review: NotRequired[Review]
    # Unset where none was attached.
    provenance: NotRequired[Provenance]
    # Unset where none was attached.
    sbom: NotRequired[Sbom]
    # Unset where it was pushed without one.
    manifest: NotRequired[Manifest]


class GetWebhookResponse(TypedDict):
    # As it stands.
    webhook: NotRequired[Webhook]


class GiveUpTokenRequest(TypedDict):
    # The secret, "otrp_...".
    token: NotRequired[str]


class GiveUpTokenResponse(TypedDict):
    pass


class GrantEntitlementRequest(TypedDict):
    # What may be reached.
    target: NotRequired[Target]


class GrantEntitlementResponse(TypedDict):
    # As stored.
    entitlement: NotRequired[Entitlement]


class Group(TypedDict):
    # As it was given with its first members.
    name: str
    # How many devices it has.
    members: str


class ImportCorimRequest(TypedDict):
    # The file: tag 501, or a COSE_Sign1 (tag 18) around it; up to 1 MiB.
    corim: NotRequired[str]
    # Whose values they are: a trust anchor of TEEs or an evidence anchor; with
    # keys in the file, the latter.
    anchor: NotRequired[str]
    # The values are called this, '-' and a number. Letters, digits, '.', '-',
    # '_'; up to 56.
    name: NotRequired[str]
    # Of a signed file: the maker's key as SubjectPublicKeyInfo, DER. Empty:
    # the file has the chain of its signer, which leads to the root of `anchor`
    # and whose leaf is for code signing.
    signerSpki: NotRequired[str]
    # Takes a file that nobody signed, by the operator's word.
    unsignedOk: NotRequired[bool]
    # Only says what would come of it.
    dryRun: NotRequired[bool]


class ImportCorimResponse(TypedDict):
    # That are submitted now, or would be, in the order of the file.
    values: list[ImportedValue]
    # That are registered now, or would be.
    keys: list[EvidenceKey]
    # Nothing was changed.
    dryRun: bool
    # "unsigned", or SHA-256 in hex of the key that signed it.
    signer: str


class ImportGenerationRequest(TypedDict):
    # X.509, DER.
    certificateDer: NotRequired[str]
    # What stands above it, its issuer first, root last; empty for a root.
    aboveDer: NotRequired[list[str]]
    # PKCS#8, DER; empty: the key of RequestGeneration.
    privateKeyDer: NotRequired[str]


class ImportGenerationResponse(TypedDict):
    # As it stands.
    generation: NotRequired[Authority]


class ImportedValue(TypedDict):
    # What it is called from now on.
    name: str
    # As devices' claims have it.
    teeName: str
    # As devices' claims have it.
    teeVersion: str


class InstalledTa(TypedDict):
    # Of the TA, as the portal names it (a UUID as a rule).
    taid: str
    # Empty when the device had it before we knew.
    version: str
    # "installed", or "outdated" when another version is wanted. Of one that
    # isn't wanted: "leaving" where somebody decided that, else it stays:
    # "undecided", or "foreign" where this TSM didn't put it there.
    state: str


class IntrospectResultRequest(TypedDict):
    # The JWT as GetResult gave it; up to 16 KiB.
    token: NotRequired[str]


class IntrospectResultResponse(TypedDict):
    # True where a relying party may go on with it.
    active: bool
    # Why it may not: "not-ours", "expired", "withdrawn" (the device is worth
    # less by now, because of what it sent or of what was taken back) or
    # "forgotten" (nothing is known of the device any more).
    reason: str
    # That a new result would have: "affirming", "warning", "contraindicated"
    # or "none"; empty where nothing is known.
    status: str
    # Of the device's newest evidence.
    appraisedAt: NotRequired[str]
    # When the token ends.
    expiresAt: NotRequired[str]


class Invitation(TypedDict):
    # "inv_..."
    invitationId: str
    # Of the service provider; empty: of the operators' side.
    spid: str
    # What the member will be.
    role: str
    # Who invited (identity URI).
    invitedBy: str
    # When it was made.
    createdAt: NotRequired[str]
    # Until when its code can be used.
    expiresAt: NotRequired[str]


class IssuanceRequest(TypedDict):
    # 32 hexadecimal digits.
    requestId: str
    # "pending", "approved" or "rejected".
    state: str
    # What the certificate is for.
    profile: Profile
    # Of the certificate.
    commonName: str
    # Of the certificate: the identity, or the TSM's id.
    sanUris: list[str]
    # SHA-256 of the key's SubjectPublicKeyInfo.
    spkiSha256: str
    # Identity of who asked.
    requestedBy: str
    # When that was.
    requestedAt: NotRequired[str]
    # Identity of who approved or rejected it; empty while it is pending.
    decidedBy: str
    # When that was.
    decidedAt: NotRequired[str]
    # Why it was rejected.
    reason: str
    # As in IssueCertificateRequest.
    authority: str


class IssueBatchRequest(TypedDict):
    # PROFILE_TEE, PROFILE_TFW or PROFILE_SP.
    profile: NotRequired[Profile]
    # From 1 to 100 of them.
    items: NotRequired[list[BatchItem]]
    # As in IssueCertificateRequest.
    authority: NotRequired[str]


class IssueBatchResponse(TypedDict):
    # One for each item, in their order.
    results: list[BatchResult]
    # What the results point to.
    chains: list[BatchChain]


class IssueCertificateRequest(TypedDict):
    # What the certificate is for.
    profile: NotRequired[Profile]
    # PKCS#10, DER. Its signature proves possession of the key.
    csrDer: NotRequired[str]
    # Replaces the CSR's common name where not empty.
    commonName: NotRequired[str]
    # URIs of the subjectAltName. Where there are none, PROFILE_TEE, _TFW, _SP
    # and _TSM take the CSR's. PROFILE_TSM needs exactly one: the TSM's id
    # (tamid); PROFILE_SERVICE and PROFILE_CLIENT the identity.
    sanUris: NotRequired[list[str]]
    # Chosen by the caller, up to 128 characters; empty means no idempotency.
    requestId: NotRequired[str]
    # How long it lives, in seconds: 10 minutes to what its profile has, and of
    # PROFILE_CLIENT to the CA's maximum; 0 means the profile's. A request that
    # is repeated under its id gets what it got, whatever it says here.
    lifetimeSeconds: NotRequired[str]
    # Name of the authority that shall issue; empty: the role's default.
    authority: NotRequired[str]


class IssueCertificateResponse(TypedDict):
    # Lower-case hex, no leading zeros.
    serial: str
    # DER, leaf first, root last.
    chainDer: list[str]
    # End of validity.
    notAfter: NotRequired[str]


class Issuer(TypedDict):
    # As in the tokens' "iss": an https URL.
    issuer: str
    # What a token's "aud" must be, and nothing beside it.
    audience: str
    # Its keys were given by an operator; false: they are fetched.
    pinned: bool
    # How many of them can be used.
    keys: int
    # When they were fetched last; missing where they never were.
    fetchedAt: NotRequired[str]
    # Why the last attempt failed; empty where it didn't.
    fetchError: str


class KeptContent(TypedDict):
    """What is on the device, isn't wanted, and stays."""
    # The security domain that it is in, or is.
    sdname: str
    # Whose domain it is.
    spid: str
    # Empty: the domain itself.
    taid: str
    # Empty where it isn't known.
    version: str
    # "foreign": this TSM didn't put it there, as far as it knows. "undecided":
    # it did, but no assignment reaches the device any more, and nobody has
    # decided to remove it.
    kind: str
    # For people.
    text: str


class ListActiveTrustAnchorsResponse(TypedDict):
    # In the order of their roles and names.
    anchors: list[ActiveTrustAnchor]
    # Changes with every change of the anchors.
    version: str


class ListApplicationsResponse(TypedDict):
    # In the order of their spids and taids.
    applications: list[Application]
    # Empty on the last page.
    nextPageToken: str


class ListAppraisalsResponse(TypedDict):
    # Newest first.
    appraisals: list[Appraisal]
    # Empty on the last page.
    nextPageToken: str


class ListAssignmentsResponse(TypedDict):
    # In the order in which they were made.
    assignments: list[Assignment]
    # Empty on the last page.
    nextPageToken: str


class ListAuditEventsResponse(TypedDict):
    # Newest first.
    events: list[AuditEvent]
    # Empty on the last page.
    nextPageToken: str


class ListAuthoritiesResponse(TypedDict):
    # In the order of their names.
    authorities: list[Authority]


class ListCertificatesResponse(TypedDict):
    # In the order of their serials.
    certificates: list[Certificate]
    # Empty on the last page.
    nextPageToken: str


class ListConsoleSessionsResponse(TypedDict):
    # In the order of their ids.
    sessions: list[ConsoleSession]
    # Empty on the last page.
    nextPageToken: str


class ListDevicesResponse(TypedDict):
    # In the order of their ids.
    devices: list[Device]
    # Empty on the last page.
    nextPageToken: str


class ListEntitlementsResponse(TypedDict):
    # In the order of their ids.
    entitlements: list[Entitlement]
    # Empty on the last page.
    nextPageToken: str


class ListEvidenceAnchorsResponse(TypedDict):
    # At most 1000.
    anchors: list[EvidenceAnchor]


class ListEvidenceKeysResponse(TypedDict):
    # By key id.
    keys: list[EvidenceKey]
    # Empty on the last page.
    nextPageToken: str


class ListGenerationsResponse(TypedDict):
    # The newest first; retired ones too.
    generations: list[Authority]


class ListGroupsResponse(TypedDict):
    # In the order of their names.
    groups: list[Group]


class ListIdentitiesResponse(TypedDict):
    # By type and age.
    identities: list[TsmIdentity]


class ListInvitationsResponse(TypedDict):
    # In the order of their ids.
    invitations: list[Invitation]
    # Empty on the last page.
    nextPageToken: str


class ListIssuanceRequestsResponse(TypedDict):
    # In the order of their ids.
    requests: list[IssuanceRequest]
    # Empty on the last page.
    nextPageToken: str


class ListIssuersResponse(TypedDict):
    # In the order of their URLs.
    issuers: list[Issuer]
    # Empty on the last page.
    nextPageToken: str


class ListMembersResponse(TypedDict):
    # In the order of their names.
    members: list[Member]
    # Empty on the last page.
    nextPageToken: str


class ListOutboxMessagesResponse(TypedDict):
    # The oldest first.
    messages: list[OutboxMessage]
    # Empty on the last page.
    nextPageToken: str


class ListOverdueDevicesResponse(TypedDict):
    # The longest away first.
    devices: list[OverdueDevice]
    # Empty on the last page.
    nextPageToken: str


class ListPersonalizationsResponse(TypedDict):
    # In the order of the devices' ids.
    personalizations: list[Personalization]
    # Empty on the last page.
    nextPageToken: str


class ListPolicyDraftsResponse(TypedDict):
    # The newest first.
    drafts: list[PolicyDraft]
    # Empty on the last page.
    nextPageToken: str


class ListPolicyVersionsResponse(TypedDict):
    # Newest first.
    versions: list[PolicyVersion]
    # Empty on the last page.
    nextPageToken: str


class ListPricesResponse(TypedDict):
    # Oldest first.
    prices: list[Price]
    # Empty on the last page.
    nextPageToken: str


class ListPublishersResponse(TypedDict):
    # In the order of their ids.
    publishers: list[Publisher]
    # Empty on the last page.
    nextPageToken: str


class ListPullsResponse(TypedDict):
    # Newest first.
    pulls: list[Pull]
    # Empty on the last page.
    nextPageToken: str


class ListReferenceValuesResponse(TypedDict):
    # By name.
    values: list[ReferenceValue]
    # Empty on the last page.
    nextPageToken: str


class ListRegistrationsResponse(TypedDict):
    # Oldest first.
    registrations: list[Registration]
    # Empty on the last page.
    nextPageToken: str


class ListResultKeysResponse(TypedDict):
    # The current one first.
    keys: list[ResultKey]
    # The same as a JWK Set (RFC 7517), JSON.
    jwks: str


class ListReviewsResponse(TypedDict):
    # Oldest first.
    reviews: list[Review]
    # Empty on the last page.
    nextPageToken: str


class ListRevocationDataResponse(TypedDict):
    # At most 200.
    data: list[RevocationData]


class ListRevocationSourcesResponse(TypedDict):
    # At most 100.
    sources: list[RevocationSource]


class ListRolloutsResponse(TypedDict):
    # In the order of spid, taid and version, as texts.
    rollouts: list[Rollout]
    # Empty on the last page.
    nextPageToken: str


class ListScopedPoliciesResponse(TypedDict):
    # The base first, then makers', then service providers'.
    policies: list[ScopedPolicy]


class ListServiceProvidersResponse(TypedDict):
    # In the order of their ids.
    serviceProviders: list[ServiceProvider]
    # Empty on the last page.
    nextPageToken: str


class ListSessionsResponse(TypedDict):
    # Without their messages.
    sessions: list[Session]
    # Empty on the last page.
    nextPageToken: str


class ListTokensResponse(TypedDict):
    # In the order of their ids.
    tokens: list[Token]
    # Empty on the last page.
    nextPageToken: str


class ListTrustAnchorsResponse(TypedDict):
    # In the order of their roles and names.
    anchors: list[TrustAnchor]
    # Grows with every change; equal versions mean equal lists.
    version: str


class ListTsmIdsResponse(TypedDict):
    # In the order of their URIs.
    tsmIds: list[TsmId]
    # Empty on the last page.
    nextPageToken: str


class ListUploadsResponse(TypedDict):
    # In the order of their ids.
    uploads: list[Upload]
    # Empty on the last page.
    nextPageToken: str


class ListWebhookDeliveriesResponse(TypedDict):
    # Newest event first.
    deliveries: list[WebhookDelivery]
    # Empty on the last page.
    nextPageToken: str


class ListWebhooksResponse(TypedDict):
    # In the order of their ids.
    webhooks: list[Webhook]
    # Empty on the last page.
    nextPageToken: str


class LiveCertificates(TypedDict):
    """Certificates of one profile that haven't ended and aren't revoked."""
    # What they are for.
    profile: Profile
    # At most 10000: there may be more then.
    count: str


class LoggedRevocation(TypedDict):
    """A certificate that the log says was revoked."""
    # Hex.
    serial: NotRequired[str]
    # Name of the authority that issued it, as its issuance was logged; empty:
    # the log doesn't say. Needed for serials that the database doesn't know.
    authority: NotRequired[str]
    # Unspecified where it isn't told.
    reason: NotRequired[RevocationReason]
    # When it was logged.
    revokedAt: NotRequired[str]


class Manifest(TypedDict):
    """What a version says about itself, kept with it for ever. Where it is
    given, the taid must be a UUID or a reverse domain name
    ("com.example.wallet")."""
    # For people: 1 to 200 characters, none of them control characters.
    displayName: NotRequired[str]
    # Kinds of TEE that it runs on, as devices name theirs, e.g. "OP-TEE"; up
    # to 16. Empty: any.
    teeKinds: NotRequired[list[str]]
    # Applications of the same service provider that it needs; up to 32.
    dependencies: NotRequired[list[Dependency]]
    # A JSON Schema that personalization data is made by: an object, up to 64
    # KiB. Kept and shown; the portal holds no data against it.
    personalizationSchema: NotRequired[str]


class Member(TypedDict):
    # Unique among the members of one service provider.
    name: str
    # "owner", "releaser", "developer" or "auditor"; on the operators' side
    # "operator", "approver" or "auditor".
    role: str
    # Since when.
    addedAt: NotRequired[str]


class OutboxMessage(TypedDict):
    # Number in this service's outbox; grows, may have gaps.
    id: str
    # UUID; what the receiver knows it by.
    eventId: str
    # The service provider that it is about; empty: none.
    lane: str
    # Where it goes, e.g. "tsm.catalog".
    topic: str
    # What happened, e.g. "otrp.catalog.versionReleased".
    type: str
    # Of the payload.
    contentType: str
    # What it is about: a spid or "spid/taid".
    key: str
    # How far it is.
    state: OutboxMessageState
    # Deliveries that were tried.
    attempts: int
    # Those that failed because of the message, not because the receiver was
    # away.
    failures: int
    # What the receiver said last; empty: nothing, or OK.
    lastError: str
    # When it was written.
    createdAt: NotRequired[str]
    # Where it failed and isn't parked.
    nextTryAt: NotRequired[str]
    # Where it is parked, or was.
    parkedAt: NotRequired[str]
    # When it was delivered or skipped.
    deliveredAt: NotRequired[str]
    # Of what is still kept; 0 once it is delivered.
    payloadBytes: str
    # Of the same.
    payloadSha256: str


OutboxMessageState = Literal[
    "OUTBOX_MESSAGE_STATE_UNSPECIFIED",
    "OUTBOX_MESSAGE_STATE_WAITING",
    "OUTBOX_MESSAGE_STATE_RETRYING",
    "OUTBOX_MESSAGE_STATE_PARKED",
    "OUTBOX_MESSAGE_STATE_DELIVERED",
    "OUTBOX_MESSAGE_STATE_SKIPPED",
]


class OverdueDevice(TypedDict):
    # The device's id, 32 octets.
    did: str
    # When it attested last.
    attestedAt: NotRequired[str]
    # Until when it should have again.
    dueAt: NotRequired[str]
    # As the TEE says it.
    teeName: str
    # Name of the trust anchor that the chain ends at.
    anchor: str


class PauseRemovalsRequest(TypedDict):
    # Why: 1 to 200 octets.
    reason: NotRequired[str]


class PauseRemovalsResponse(TypedDict):
    # As it is now.
    brake: NotRequired[RemovalBrake]


class Personalization(TypedDict):
    # The device's id, 32 octets.
    did: str
    # Octets of the data.
    bytes: str
    # SHA-256 of the data, 32 octets.
    sha256: str
    # When it was put there.
    putAt: NotRequired[str]


class PlanReason(TypedDict):
    """Why something is to be done."""
    # "trust-add", "trust-remove", "component-add", "component-upgrade" or
    # "component-remove": what shall be true, in no protocol's terms.
    goal: str
    # For people.
    text: str
    # The rule: "assignment bank/wallet group:eu", "release bank/wallet@2.0",
    # "unassigned bank/wallet all", "left group:eu", "certificate bank".
    rule: str
    # Who decided it, where that is recorded.
    actor: str
    # When; set where `actor` is.
    at: NotRequired[str]


class PlanStep(TypedDict):
    """One request to the device."""
    # "CreateSDRequest".
    message: str
    # Its name in tasks and records: "InstallTA bank/wallet@1.0.0".
    action: str
    # "next": to be sent first; "planned": after that; "waiting": again later,
    # after a failure; "given-up": not before an operator says so; "paused": by
    # the brake; "blocked": after one that is waiting, given up or paused.
    state: str
    # One or more.
    reasons: list[PlanReason]


class Policy(TypedDict):
    # A TEE is accepted when any rule matches; no rules accept every TEE whose
    # chain is trusted.
    teeRules: NotRequired[list[TeeRule]]
    # Firmware evidence: absent in pei03 is always refused; in ietf03 by this.
    firmwareEvidenceRequired: NotRequired[bool]
    # What to do about a certificate of which no CRL is known: false accepts
    # (with a remark), true refuses.
    refuseUnknownRevocation: NotRequired[bool]
    # A CRL without nextUpdate, which RFC 5280 doesn't allow, is valid for so
    # many days after its thisUpdate; 0 to 366. 0: it is never.
    undatedCrlDays: NotRequired[int]
    # A TEE that no active reference value names is refused. One whose value
    # was withdrawn is refused anyway.
    requireReferenceValues: NotRequired[bool]
    # A device is to attest again within so many hours, else it is listed as
    # overdue; 0 to 8784. 0: whenever it comes.
    attestByHours: NotRequired[int]
    # Evidence is kept for so many days, so that it can be judged again; 0 to
    # 90. 0: it isn't. Only evidence of devices whose chain or key is trusted
    # is kept, and of up to 256 KiB.
    keepEvidenceDays: NotRequired[int]


class PolicyDecision(TypedDict):
    """What one policy says of a device."""
    # Whose policy.
    scope: NotRequired[PolicyScope]
    # Which of its versions.
    version: str
    # "allowed", "denied", "not-allowed" or "not-asked": where a more specific
    # one has its place, only its deny rules count.
    decision: str
    # The rule that decided, as reasons name it; empty where none did.
    rule: str


class PolicyDraft(TypedDict):
    # Counts up.
    draftId: str
    # Whom it is for.
    scope: NotRequired[PolicyScope]
    # The whole text.
    policy: NotRequired[Policy]
    # "draft", "tested", "activated" or "discarded".
    state: str
    # Why, for people.
    note: str
    # That it became; 0 before.
    version: str
    # An operator.
    createdBy: str
    # When its text was kept.
    createdAt: NotRequired[str]


class PolicyDraftEvent(TypedDict):
    """One step of a draft."""
    # That it had from then on.
    state: str
    # An operator.
    by: str
    # When it happened.
    at: NotRequired[str]
    # What a test said, or which version it became.
    detail: str


class PolicyScope(TypedDict):
    """Whom a policy is for. Both empty: everybody, the base."""
    # A service provider's id: what of theirs a device may have.
    spid: NotRequired[str]
    # Name of a trust anchor: TEEs whose chain ends there.
    anchor: NotRequired[str]


class PolicyVersion(TypedDict):
    # Counts up from 1.
    version: str
    # The whole policy.
    policy: NotRequired[Policy]
    # Who set it.
    setBy: str
    # When it was set.
    setAt: NotRequired[str]


class PrepareGenerationRequest(TypedDict):
    # Days that it lives; 0: 20 years for a root, 15 for another. It never
    # outlives its issuer.
    lifetimeDays: NotRequired[int]
    # "RSA-2048", "RSA-3072", "RSA-4096", "P-256" or "P-384"; empty: as the
    # active one's. Who verifies must know the kind: a TSM's stays RSA or EC.
    key: NotRequired[str]


class PrepareGenerationResponse(TypedDict):
    # As it stands.
    generation: NotRequired[Authority]


class Price(TypedDict):
    # Row number; grows.
    id: str
    # As in the table of kinds.
    kind: str
    # As in the table of kinds; empty: for all that have no price of their own.
    party: str
    # Of one, in the currency's minor units.
    amountMinor: str
    # ISO 4217, e.g. "EUR".
    currency: str
    # From when it holds, until the next one of its kind and party.
    since: NotRequired[str]
    # Identity of who set it.
    setBy: str


class Principal(TypedDict):
    """Whom a bearer token stands for."""
    # "sp", "operator" or "auditor", as in the URI of a certificate.
    kind: str
    # A service provider's spid; of the others, the member's name.
    name: str
    # A service provider's: "owner", "releaser", "developer" or "auditor". The
    # operators': "operator", "approver" or "auditor".
    role: str
    # Who of them it is: "member/alice" for the token that a member got by an
    # invitation, "token/tok_..." for one made by CreateToken, "ci/pub_..." for
    # one that a trusted publisher was given.
    agent: str
    # The only applications that it may act on; empty: all.
    taids: list[str]
    # Until when the token is good. A caller may keep the answer for some
    # seconds: so long may a revoked token live on.
    expiresAt: NotRequired[str]


Profile = Literal[
    "PROFILE_UNSPECIFIED",
    "PROFILE_TSM",
    "PROFILE_TEE",
    "PROFILE_TFW",
    "PROFILE_SP",
    "PROFILE_SERVICE",
    "PROFILE_CLIENT",
    "PROFILE_AUTHORITY",
    "PROFILE_WEB",
    "PROFILE_OCSP",
]


class Provenance(TypedDict):
    """A statement about how an image was made, verified when it was
    attached."""
    # The statement's, a URI such as that of SLSA's provenance.
    predicateType: str
    # SHA-256 of the certificate whose key signed it.
    signerFingerprint: str
    # Of the envelope, 32 octets.
    sha256: str
    # When it was attached.
    attachedAt: NotRequired[str]
    # As it was attached; only where documents were asked for.
    envelope: str


class Publisher(TypedDict):
    # "pub_..."
    publisherId: str
    # Whose tokens are given to it.
    spid: str
    # One that operators have set.
    issuer: str
    # What the ID token's "sub" must be; a "*" at the end stands for anything.
    subject: str
    # Further claims that the ID token must have, with these values.
    claims: dict[str, str]
    # Of the tokens that it is given.
    role: str
    # The only applications that they may act on; empty: all.
    taids: list[str]
    # Who added it (identity URI).
    addedBy: str
    # When.
    addedAt: NotRequired[str]


class Pull(TypedDict):
    """One request of the TSM to the endpoint."""
    # That was asked for.
    version: str
    # For whom: SHA-256 of the TEE certificate, 32 octets.
    did: str
    # When it was over.
    at: NotRequired[str]
    # "ok": it waits for the device. "unreachable": no answer, or 429 or 5xx.
    # "untrusted": the answer isn't signed by the SP, or not for the request,
    # or is a redirect. "forbidden": no host of the public Internet. "refused":
    # another 4xx, for this device alone. "failed": it is the TSM's own
    # trouble.
    outcome: str
    # What was wrong, for people; empty where it is "ok".
    error: str
    # From the request to the answer, checked, in milliseconds.
    tookMs: int


class PullEndpoint(TypedDict):
    # Whose application it is.
    spid: str
    # Of the TA, 1 to 64: letters, digits, '.', '-', '_' (a UUID as a rule).
    taid: str
    # Of the scheme https, with a path, up to 2000 characters, without user,
    # password and fragment. The host must be one of the public Internet,
    # unless the operator allows others.
    url: str
    # PEM of up to 8 roots that the endpoint's certificate is under; empty:
    # those of the system.
    rootsPem: str
    # The "kid" that requests to it have: up to 64 letters, digits, '.', '-',
    # '_'; may be empty.
    keyId: str
    # When it became so.
    changedAt: NotRequired[str]


class PushImageRequest(TypedDict):
    # The signed image, exactly as the TEE is to get it; up to 16 MiB.
    image: NotRequired[str]
    # Personalization data, opaque; up to 1 MiB. Kept apart from the image.
    personalizationData: NotRequired[str]
    # "jws" (default when empty) or "optee".
    format: NotRequired[str]
    # May be missing.
    manifest: NotRequired[Manifest]


class PushImageResponse(TypedDict):
    # SHA-256 of the image, 32 octets.
    imageSha256: str
    # SHA-256 of the certificate that signed it.
    signerFingerprint: str


class PutEvidenceAnchorRequest(TypedDict):
    # One at least.
    schemes: NotRequired[list[str]]


class PutEvidenceAnchorResponse(TypedDict):
    # As it is now.
    anchor: NotRequired[EvidenceAnchor]


class PutPersonalizationRequest(TypedDict):
    # Opaque; 1 octet to 64 KiB.
    data: NotRequired[str]


class PutPersonalizationResponse(TypedDict):
    # As stored.
    personalization: NotRequired[Personalization]
    # False: stored, and on its way to the TSM.
    delivered: bool


class PutRevocationSourceRequest(TypedDict):
    # As RevocationSource has it.
    role: NotRequired[Role]
    # As RevocationSource has it.
    anchor: NotRequired[str]
    # As RevocationSource has it.
    kind: NotRequired[str]
    # As RevocationSource has it.
    url: NotRequired[str]
    # As RevocationSource has it.
    issuerDer: NotRequired[str]
    # As RevocationSource has it.
    allowStaleHours: NotRequired[int]


class PutRevocationSourceResponse(TypedDict):
    # As stored.
    source: NotRequired[RevocationSource]


class Reappraisal(TypedDict):
    # Of the appraisal whose evidence it is.
    appraisalId: str
    # The device's id, 32 octets.
    did: str
    # When the evidence came.
    at: NotRequired[str]
    # What was decided then.
    before: Verdict
    # What is decided now.
    after: Verdict
    # Of what is decided now.
    reasons: list[Reason]
    # The device is refused by this, and wasn't before.
    withdrawn: bool
    # "otrp-dsi", "psa", "eat-cwt" or "eat-jwt".
    scheme: str


class ReappraiseEvidenceRequest(TypedDict):
    # Of one appraisal; 0: of all that were kept.
    appraisalId: NotRequired[str]
    # Instead of the policy that holds; only with `dryRun`.
    policy: NotRequired[Policy]
    # Only says what would come of it.
    dryRun: NotRequired[bool]
    # Of all: 1 to 1000 at a time; 0 means 100.
    pageSize: NotRequired[int]
    # Of all: nextPageToken of the page before; empty for the first.
    pageToken: NotRequired[str]


class ReappraiseEvidenceResponse(TypedDict):
    # Oldest first.
    reappraisals: list[Reappraisal]
    # Empty on the last page.
    nextPageToken: str
    # Nothing was changed.
    dryRun: bool


class Reason(TypedDict):
    """Why evidence was refused, or a remark on accepted evidence."""
    # Stable, lower-case with hyphens, e.g. "tee-chain-unknown-issuer". The
    # list is in docs/attestation.md.
    code: str
    # For people.
    detail: str
    # What the code means, for people.
    meaning: str
    # Which part of the evidence it is about, e.g. "tee.ver".
    claim: str
    # What that was, printable; empty where it is long, absent or a signature.
    value: str
    # What it was held against: a rule of the policy, the trust anchors, a key.
    rule: str
    # Whose policy decided, and which version: "base@4", "anchor oem@2", "sp
    # bank@1", "sp bank, anchor oem@1"; empty where no policy did.
    policy: str


class ReconcileAuditRequest(TypedDict):
    # Each serial once.
    revocations: NotRequired[list[LoggedRevocation]]
    # Only says what would be learnt.
    dryRun: NotRequired[bool]


class ReconcileAuditResponse(TypedDict):
    # Serials that were good in the database and are revoked now; by serial.
    revoked: list[str]
    # Serials that the database didn't know and that are revoked now.
    unknown: list[str]
    # Serials that the database doesn't know, of an authority that isn't told
    # or that it doesn't know either: nothing is done about them.
    unplaced: list[str]


class ReconcileCrlRequest(TypedDict):
    # CertificateList, DER, whether it is current or not; up to 16 MiB.
    crlDer: NotRequired[str]
    # Only says what would be learnt.
    dryRun: NotRequired[bool]


class ReconcileCrlResponse(TypedDict):
    # Whose list it is.
    authority: str
    # Of the list that was given (RFC 5280 section 5.2.3).
    crlNumber: str
    # How many certificates it lists.
    listed: str
    # Serials that were good in the database and are revoked now; by serial.
    revoked: list[str]
    # Serials that the database didn't know: issued after the backup, or by an
    # authority's earlier database. They are revoked now.
    unknown: list[str]


ReferenceState = Literal[
    "REFERENCE_STATE_UNSPECIFIED",
    "REFERENCE_STATE_SUBMITTED",
    "REFERENCE_STATE_ACTIVE",
    "REFERENCE_STATE_INACTIVE",
]


class ReferenceValue(TypedDict):
    # Unique.
    name: str
    # Where it is in its life.
    state: ReferenceState
    # Name of the trust anchor that the TEE's chain ends at.
    anchor: str
    # As the TEE says it, exactly.
    teeName: str
    # As the TEE says it, exactly.
    teeVersion: str
    # Of the last change.
    changedAt: NotRequired[str]
    # Who made that.
    changedBy: str
    # Why it was withdrawn.
    reason: str


class RefreshRequest(TypedDict):
    pass


class RefreshResponse(TypedDict):
    # The CA's trust anchor version that is now in use.
    anchorsVersion: str
    # Roots that are held now.
    anchors: int
    # CRLs of the CA that are held now.
    crls: int
    # Authorities whose CRL couldn't be pulled, or was older than the one that
    # is held, and why: a sentence each. All else is in use.
    problems: list[str]


class RefusedTee(TypedDict):
    """Devices with one TEE that would be refused."""
    # Name of the trust anchor that the chain ends at.
    anchor: str
    # As the TEE says it.
    teeName: str
    # As the TEE says it.
    teeVersion: str
    # How many are accepted now.
    devices: str
    # Which claim, which value, which rule.
    reasons: list[Reason]


class RegisterRequest(TypedDict):
    # The id that is asked for: letters, digits, '.', '-', '_'; 1 to 64.
    spid: NotRequired[str]
    # Of the company: 1 to 200 characters.
    name: NotRequired[str]
    # How an operator reaches the registrant: 1 to 200 characters.
    contact: NotRequired[str]


class RegisterResponse(TypedDict):
    # Pending.
    registration: NotRequired[Registration]
    # For AcceptInvitation, once an operator has approved. Nobody can show it
    # again.
    code: str


class Registration(TypedDict):
    """Somebody asks for an account."""
    # "reg_..."
    registrationId: str
    # The id that is asked for.
    spid: str
    # Of the company, as its registrant wrote it: nobody has checked it.
    name: str
    # How to reach the registrant, as he wrote it.
    contact: str
    # "pending", "approved" or "rejected".
    state: str
    # When.
    registeredAt: NotRequired[str]
    # Identity URI of the operator; empty while it is pending.
    decidedBy: str
    # Missing while it is pending.
    decidedAt: NotRequired[str]
    # Of a rejection.
    reason: str


class RejectIssuanceRequest(TypedDict):
    # For who asked; up to 200 characters.
    reason: NotRequired[str]


class RejectIssuanceResponse(TypedDict):
    # As it stands.
    request: NotRequired[IssuanceRequest]


class RejectRegistrationRequest(TypedDict):
    # For the registrant: 1 to 200 characters.
    reason: NotRequired[str]


class RejectRegistrationResponse(TypedDict):
    # Rejected.
    registration: NotRequired[Registration]


class RejectVersionRequest(TypedDict):
    # What has to be better, for people; 1 to 500 characters.
    reason: NotRequired[str]


class RejectVersionResponse(TypedDict):
    # As it is now.
    review: NotRequired[Review]


class ReleaseRemovalsRequest(TypedDict):
    # Why: 1 to 200 octets.
    reason: NotRequired[str]
    # For how long removals aren't counted, 1 to 10,080 minutes (a week); 0: an
    # hour.
    minutes: NotRequired[int]


class ReleaseRemovalsResponse(TypedDict):
    # As it is now.
    brake: NotRequired[RemovalBrake]


class ReleaseTsmIdRequest(TypedDict):
    # A registered id.
    uri: NotRequired[str]


class ReleaseTsmIdResponse(TypedDict):
    pass


class ReleaseVersionRequest(TypedDict):
    # "stable" (also where empty) or "beta".
    channel: NotRequired[str]


class ReleaseVersionResponse(TypedDict):
    # False: stored, and on its way to the TSM.
    delivered: bool
    # As it was pushed: "1.0.0" where "1.0" was asked for.
    version: str
    # Where it was released.
    channel: str


class RemovalBrake(TypedDict):
    """The brake on removals."""
    # Removals wait.
    paused: bool
    # Who paused them, and why: "otrp://service/tsm" where too many devices
    # lost something.
    pausedBy: str
    # For people.
    reason: str
    # Unset where nothing is paused.
    pausedAt: NotRequired[str]
    # Until then nothing is counted; unset or past: it is.
    releasedUntil: NotRequired[str]
    # Who released it last.
    releasedBy: str
    # Removals pause when more than this share of the accepted devices, 0 to
    # 100, lost something within an hour ...
    percent: int
    # ... and more than so many devices.
    minDevices: str
    # Devices that lost something within the last hour; no number above `limit`
    # + 1 is counted.
    devicesLastHour: str
    # What `percent` and `minDevices` come to now.
    limit: str


class RemoveEvidenceKeyResponse(TypedDict):
    pass


class RemoveGroupMembersRequest(TypedDict):
    # Ids of devices, 32 octets each.
    dids: NotRequired[list[str]]


class RemoveGroupMembersResponse(TypedDict):
    pass


class RemoveIssuerRequest(TypedDict):
    # As it was set.
    issuer: NotRequired[str]


class RemoveIssuerResponse(TypedDict):
    pass


class RemoveMemberResponse(TypedDict):
    pass


class RemovePublisherResponse(TypedDict):
    pass


class RemoveRevocationDataResponse(TypedDict):
    pass


class RemoveRevocationSourceResponse(TypedDict):
    pass


class RemoveTrustAnchorResponse(TypedDict):
    pass


class ReplayWebhookDeliveryRequest(TypedDict):
    pass


class ReplayWebhookDeliveryResponse(TypedDict):
    pass


class RequestGenerationRequest(TypedDict):
    # As in PrepareGenerationRequest.
    key: NotRequired[str]
    # Empty: as the generation before, with its number.
    commonName: NotRequired[str]
    # Forgets a request that is there, with its key.
    replace: NotRequired[bool]


class RequestGenerationResponse(TypedDict):
    # PKCS#10, DER.
    csrDer: str


class RequestIssuanceRequest(TypedDict):
    # What the certificate is for.
    profile: NotRequired[Profile]
    # PKCS#10, DER. Its signature proves possession of the key.
    csrDer: NotRequired[str]
    # Replaces the CSR's common name where not empty.
    commonName: NotRequired[str]
    # URIs of the subjectAltName, as IssueCertificate's.
    sanUris: NotRequired[list[str]]
    # As in IssueCertificateRequest.
    authority: NotRequired[str]


class RequestIssuanceResponse(TypedDict):
    # As stored.
    request: NotRequired[IssuanceRequest]


class ResultKey(TypedDict):
    # "kid" of the JWT's header: the key's SHA-256 thumbprint (RFC 7638).
    kid: str
    # "current", "next" or "retired".
    state: str
    # Since when it has been that.
    since: NotRequired[str]
    # SubjectPublicKeyInfo, DER.
    spki: str


class ResumeServiceProviderRequest(TypedDict):
    pass


class ResumeServiceProviderResponse(TypedDict):
    pass


class RetireGenerationRequest(TypedDict):
    pass


class RetireGenerationResponse(TypedDict):
    # As it stands.
    generation: NotRequired[Authority]


class RetryDeviceRequest(TypedDict):
    pass


class RetryDeviceResponse(TypedDict):
    # How many tasks are tried again.
    tasks: int


class RetryOutboxMessageRequestOfPortal(TypedDict):
    pass


class RetryOutboxMessageResponse(TypedDict):
    # As it is now.
    message: NotRequired[OutboxMessage]


class Review(TypedDict):
    """One passage of a version through the queue."""
    # Counts up.
    reviewId: str
    # Whose application it is.
    spid: str
    # Of the TA, as the portal keeps it.
    taid: str
    # As it was pushed.
    version: str
    # SUBMITTED, APPROVED or REJECTED.
    state: ReviewState
    # Who submitted it: "otrp://sp/acme".
    submittedBy: str
    # When that was.
    submittedAt: NotRequired[str]
    # Who decided; empty for callers that are service providers.
    reviewedBy: str
    # When that was; unset while it waits.
    reviewedAt: NotRequired[str]
    # What the reviewer said.
    reason: str
    # What it has passed: "size", "signature", "dependencies"; and what was
    # attached by then: "provenance", "sbom".
    checks: list[str]


ReviewState = Literal[
    "REVIEW_STATE_UNSPECIFIED",
    "REVIEW_STATE_DRAFT",
    "REVIEW_STATE_SUBMITTED",
    "REVIEW_STATE_APPROVED",
    "REVIEW_STATE_REJECTED",
]


class RevocationData(TypedDict):
    """What was added, and what is in it. Whether its issuer signed it shows
    when a certificate of that issuer is appraised: nothing else counts by
    it."""
    # Unique.
    name: str
    # "crl" or "ocsp".
    kind: str
    # When it was added.
    addedAt: NotRequired[str]
    # Of a CRL, as RFC 2253 writes it; empty for OCSP.
    issuer: str
    # thisUpdate; for OCSP producedAt.
    thisUpdate: NotRequired[str]
    # nextUpdate, for OCSP the first; unset where a CRL has none.
    nextUpdate: NotRequired[str]
    # Certificates on a CRL; for OCSP those that the response is about.
    entries: str


RevocationReason = Literal[
    "REVOCATION_REASON_UNSPECIFIED",
    "REVOCATION_REASON_KEY_COMPROMISE",
    "REVOCATION_REASON_AFFILIATION_CHANGED",
    "REVOCATION_REASON_SUPERSEDED",
    "REVOCATION_REASON_CESSATION_OF_OPERATION",
    "REVOCATION_REASON_PRIVILEGE_WITHDRAWN",
]


class RevocationSource(TypedDict):
    # Letters, digits, '.', '-', '_'; up to 64.
    name: str
    # ROLE_TEE or ROLE_TFW.
    role: Role
    # Name of the trust anchor whose hierarchy it is about.
    anchor: str
    # "crl": a URL of a CRL. "ocsp": an OCSP responder.
    kind: str
    # An HTTPS URL, or an HTTP one where the verifier allows it.
    url: str
    # Certificate of the authority that signs it, DER, where that isn't the
    # anchor itself; the anchor has signed it.
    issuerDer: str
    # For so many hours after the data has run out it still counts as current,
    # with a remark; 0 to 720. 0: certificates that it would have to speak
    # about are refused until it is current again.
    allowStaleHours: int
    # When it was read last with success; unset: never.
    fetchedAt: NotRequired[str]
    # When reading was tried last.
    triedAt: NotRequired[str]
    # Why the last try failed; empty where it didn't.
    error: str
    # thisUpdate of what is in use; unset: nothing is.
    thisUpdate: NotRequired[str]
    # Its nextUpdate.
    nextUpdate: NotRequired[str]
    # Certificates on the CRL, or answers of the responder.
    entries: str
    # "waiting": nothing was had yet; "current"; "stale": it has run out, and
    # counts for allowStaleHours; "over": that has passed, too.
    state: str


class RevokeCertificateRequest(TypedDict):
    # RFC 5280 section 5.3.1.
    reason: NotRequired[RevocationReason]


class RevokeCertificateResponse(TypedDict):
    # When the revocation was recorded.
    revokedAt: NotRequired[str]
    # As it was recorded; of the first one where it was revoked before.
    reason: RevocationReason


class RevokeConsoleSessionResponse(TypedDict):
    pass


class RevokeEntitlementResponse(TypedDict):
    # Assignments that are still there: to its target, or to a part of it that
    # conditions name.
    assignmentsLeft: str


class RevokeGenerationRequest(TypedDict):
    # The authority's name once more, typed by whoever means it.
    confirmLine: NotRequired[str]
    # RFC 5280 section 5.3.1.
    reason: NotRequired[RevocationReason]


class RevokeGenerationResponse(TypedDict):
    # As it stands.
    generation: NotRequired[Authority]
    # When the revocation was recorded.
    revokedAt: NotRequired[str]


class RevokeInvitationResponse(TypedDict):
    pass


class RevokeSigningCertificateRequest(TypedDict):
    # RFC 5280 section 5.3.1.
    reason: NotRequired[RevocationReason]


class RevokeSigningCertificateResponse(TypedDict):
    # As it is now.
    certificate: NotRequired[SpCertificate]
    # True when the TSM knows the certificate that new security domains get
    # instead; false: it is queued and will get there.
    delivered: bool


class RevokeTokenResponse(TypedDict):
    pass


class RewrapKeysRequestOfCa(TypedDict):
    # Rows to look at, 1 to 1000; 0 means 200.
    pageSize: NotRequired[int]
    # From the answer before; empty: from the start.
    pageToken: NotRequired[str]


class RewrapKeysResponse(TypedDict):
    # Rows that were looked at.
    lookedAt: str
    # Those of them that were sealed anew.
    rewrapped: str
    # Empty where the end was reached.
    nextPageToken: str


Role = Literal[
    "ROLE_UNSPECIFIED",
    "ROLE_TSM",
    "ROLE_TEE",
    "ROLE_TFW",
    "ROLE_SP",
    "ROLE_SERVICE",
    "ROLE_OPERATOR",
]


class RollBackPolicyRequest(TypedDict):
    # The one to go back to.
    version: NotRequired[str]
    # As for SetPolicy.
    expectedVersion: NotRequired[str]


class RollBackPolicyResponse(TypedDict):
    # Of the policy that holds from now on.
    version: str


class RollBackScopedPolicyRequest(TypedDict):
    # Not the base.
    scope: NotRequired[PolicyScope]
    # The one to go back to; 0: this scope has no policy of its own from now
    # on.
    version: NotRequired[str]
    # As for ActivatePolicyDraft.
    expectedVersion: NotRequired[str]


class RollBackScopedPolicyResponse(TypedDict):
    # Of this scope from now on.
    version: str


class Rollout(TypedDict):
    # Whose application it is.
    spid: str
    # Of the TA, as it was first pushed.
    taid: str
    # As it was released.
    version: str
    # How many devices have it, by what their TEEs say.
    devices: str
    # How often something about it failed on a device, for the first time or
    # for good.
    failures: str
    # When one of the numbers changed last.
    changedAt: NotRequired[str]


class RotateIdentitiesRequest(TypedDict):
    # "RSA" or "EC"; empty: both.
    keyType: NotRequired[str]


class RotateIdentitiesResponse(TypedDict):
    # Those that are next now.
    identities: list[TsmIdentity]


class RotateResultKeysRequest(TypedDict):
    # Retired keys and the one that was the current are gone at once, also from
    # the JWK Set: for a key that somebody else has. Results that they signed
    # are no longer good.
    forgetRetired: NotRequired[bool]


class RotateResultKeysResponse(TypedDict):
    # Of the key that signs from now on.
    kid: str


class RotateWebhookSecretRequest(TypedDict):
    # How long the secret before stays good: 0 to 7 days; unset: 24 hours. Of
    # several before, only the last one does.
    overlap: NotRequired[str]


class RotateWebhookSecretResponse(TypedDict):
    # As it is now.
    webhook: NotRequired[Webhook]
    # "whsec_" and the base64 of 32 octets. Keep it: it isn't shown again.
    secret: str


class Sbom(TypedDict):
    """What an image is made of, by its service provider's word."""
    # "spdx-2.3", "spdx-3", "cyclonedx-1.6".
    format: str
    # Of the document, 32 octets.
    sha256: str
    # Of the document, in octets.
    size: str
    # When it was attached.
    attachedAt: NotRequired[str]
    # As it was attached; only where documents were asked for.
    document: str


class ScopedPolicy(TypedDict):
    # Whom it is for.
    scope: NotRequired[PolicyScope]
    # Counts up in its scope.
    version: str
    # The whole text.
    policy: NotRequired[Policy]
    # Who put it into force.
    setBy: str
    # When it was put into force.
    setAt: NotRequired[str]


class SealedRows(TypedDict):
    """Rows of one kind."""
    # "authority keys".
    what: str
    # Under the key that is in use.
    current: str
    # Under the previous one.
    previous: str
    # Under neither: they can't be read.
    unreadable: str


class SecurityDomain(TypedDict):
    # Unique on its TEE.
    sdname: str
    # Of the SP to whom it belongs.
    spid: str
    # What it holds.
    tas: list[InstalledTa]
    # SHA-256 of the SP certificates it holds, 32 octets each.
    spcertFingerprints: list[str]


class SendTestWebhookEventRequest(TypedDict):
    pass


class SendTestWebhookEventResponse(TypedDict):
    # To find its delivery by.
    eventId: str


class ServiceProvider(TypedDict):
    # Unique id: letters, digits, '.', '-', '_'; 1 to 64.
    spid: str
    # For people; others may have the same.
    name: str
    # When it was made.
    createdAt: NotRequired[str]
    # Newest first.
    certificates: list[SpCertificate]
    # "active", "suspended" or "closed".
    state: str


class Session(TypedDict):
    # Transaction id of the session, as on the wire.
    tid: str
    # All devices (TEEs) that took part.
    dids: list[str]
    # Dialect of its messages.
    dialect: Dialect
    # "open", "done" (the device has what it should have), "refused", "failed",
    # "blocked" (something is left to do that waits or was given up), "expired"
    # (the device didn't come back in time) or "superseded" (it has begun a
    # newer session).
    state: str
    # Time of the device's first response.
    openedAt: NotRequired[str]
    # Time of the latest one.
    lastMessageAt: NotRequired[str]
    # In the order of the session.
    messages: list[SessionMessage]


class SessionMessage(TypedDict):
    # 1, 2, ... within its session.
    n: int
    # "to-device" or "from-device".
    direction: str
    # E.g. "InstallTARequest".
    name: str
    # Request id, as on the wire.
    rid: str
    # "pass", "fail" or "refused"; empty for requests.
    status: str
    # As in the drafts; empty without an error.
    errorCode: str
    # When it happened.
    at: NotRequired[str]
    # Time the server spent on it, microseconds.
    serverUs: str
    # W3C trace id.
    traceId: str
    # What errorCode means and what to do, for people (docs/errors.md).
    advice: str
    # What the TEE or its agent said beside errorCode, what of the message
    # couldn't be read, or why the verifier refused it; up to 512 octets,
    # printable. Empty where there is nothing.
    detail: str


class SetAuthorityPoliciesRequest(TypedDict):
    # As in CreateAuthorityRequest; empty: none.
    policyOids: NotRequired[list[str]]
    # As in CreateAuthorityRequest.
    cpsUri: NotRequired[str]


class SetAuthorityPoliciesResponse(TypedDict):
    # As it stands.
    authority: NotRequired[Authority]


class SetCrlShardsRequest(TypedDict):
    # 1 to 256; 1: one list of all, as at first.
    shards: NotRequired[int]


class SetCrlShardsResponse(TypedDict):
    # How many new certificates are divided into now.
    shards: int
    # False where it was so before.
    changed: bool


class SetDeviceLabelsRequest(TypedDict):
    # Labels that it is to have, "key=value": letters, digits, '.', '-', '_', 1
    # to 64 on each side. One value a key: what was there before is replaced.
    update: NotRequired[list[str]]
    # Keys of labels that it is not to have.
    remove: NotRequired[list[str]]


class SetDeviceLabelsResponse(TypedDict):
    # All that it has now, in the order of the keys.
    labels: list[str]


class SetIssuerRequest(TypedDict):
    # As in the tokens' "iss": an https URL of up to 200 characters.
    issuer: NotRequired[str]
    # What a token's "aud" must be; empty: "otrp".
    audience: NotRequired[str]
    # A JSON Web Key Set (RFC 7517) of up to 64 KiB; empty: fetched, and
    # fetched again every few minutes, from where the issuer's
    # /.well-known/openid-configuration says.
    jwks: NotRequired[str]


class SetIssuerResponse(TypedDict):
    # As stored.
    issuer: NotRequired[Issuer]


class SetMemberRoleRequest(TypedDict):
    # What he is from now on.
    role: NotRequired[str]


class SetMemberRoleRequestByName(TypedDict):
    # Of the service provider; empty: of the operators' side.
    spid: NotRequired[str]
    # What he is from now on.
    role: NotRequired[str]


class SetMemberRoleResponse(TypedDict):
    # As stored.
    member: NotRequired[Member]


class SetPolicyRequest(TypedDict):
    # The whole policy: what isn't in it no longer holds.
    policy: NotRequired[Policy]
    # The version that the caller saw; ABORTED when it is no longer current. 0
    # overwrites whatever is there.
    expectedVersion: NotRequired[str]


class SetPolicyResponse(TypedDict):
    # Of the policy that holds from now on.
    version: str


class SetPriceRequestOfAttestation(TypedDict):
    # A kind of this service.
    kind: NotRequired[str]
    # As in Price.
    party: NotRequired[str]
    # Of one, in the currency's minor units; up to 10^12.
    amountMinor: NotRequired[str]
    # ISO 4217: three capital letters.
    currency: NotRequired[str]


class SetPriceRequestOfCa(TypedDict):
    # A kind of this service.
    kind: NotRequired[str]
    # As in Price.
    party: NotRequired[str]
    # Of one, in the currency's minor units; up to 10^12.
    amountMinor: NotRequired[str]
    # ISO 4217: three capital letters.
    currency: NotRequired[str]


class SetPriceRequestOfTsm(TypedDict):
    # A kind of this service.
    kind: NotRequired[str]
    # As in Price.
    party: NotRequired[str]
    # Of one, in the currency's minor units; up to 10^12.
    amountMinor: NotRequired[str]
    # ISO 4217: three capital letters.
    currency: NotRequired[str]


class SetPriceResponse(TypedDict):
    # As it stands.
    price: NotRequired[Price]


class SetPullEndpointRequest(TypedDict):
    # As in PullEndpoint.
    url: NotRequired[str]
    # As in PullEndpoint.
    rootsPem: NotRequired[str]
    # As in PullEndpoint.
    keyId: NotRequired[str]


class SetPullEndpointResponse(TypedDict):
    # As stored.
    endpoint: NotRequired[PullEndpoint]
    # False: stored, and on its way to the TSM.
    delivered: bool


class SetRemovalBrakeRequest(TypedDict):
    # Share of the accepted devices: 1 to 100.
    percent: NotRequired[int]
    # Smaller numbers never pause anything: 1 to 1,000,000.
    minDevices: NotRequired[str]


class SetRemovalBrakeResponse(TypedDict):
    # As it is now.
    brake: NotRequired[RemovalBrake]


class SkipOutboxMessageRequestOfPortal(TypedDict):
    # Why, 1 to 500 octets; goes into the audit log.
    reason: NotRequired[str]


class SkipOutboxMessageResponse(TypedDict):
    # As it is now.
    message: NotRequired[OutboxMessage]


class SpCertificate(TypedDict):
    # Serial number: lower-case hex, no leading zeros.
    serial: str
    # SHA-256 over the DER, 32 octets.
    fingerprint: str
    # End of validity.
    notAfter: NotRequired[str]
    # True for the one that new security domains get: the newest that isn't
    # revoked.
    current: bool
    # When it was revoked; unset: it wasn't.
    revokedAt: NotRequired[str]
    # Of a revoked one.
    revocationReason: RevocationReason


class SubmitReferenceValueRequest(TypedDict):
    # Name of a trust anchor of TEEs.
    anchor: NotRequired[str]
    # As the TEE says it, exactly; up to 128 octets.
    teeName: NotRequired[str]
    # As the TEE says it, exactly; up to 128 octets.
    teeVersion: NotRequired[str]
    # Only says what would come of it.
    dryRun: NotRequired[bool]


class SubmitReferenceValueResponse(TypedDict):
    # As it is now, or would be.
    value: NotRequired[ReferenceValue]
    # Recorded devices with this TEE that are accepted at present.
    devices: str
    # Nothing was changed.
    dryRun: bool


class SubmitVersionRequest(TypedDict):
    pass


class SubmitVersionResponse(TypedDict):
    # The one in the queue.
    review: NotRequired[Review]


class SumUsageResponse(TypedDict):
    # By key, kind and currency; of a day that has events.
    sums: list[UsageSum]
    # Empty on the last page.
    nextPageToken: str


class SuspendServiceProviderRequest(TypedDict):
    # For the record: 1 to 200 characters.
    reason: NotRequired[str]


class SuspendServiceProviderResponse(TypedDict):
    pass


class Target(TypedDict):
    """Who an assignment is for. One of allDevices, did, group, devices."""
    # Every device, also those first seen later.
    allDevices: NotRequired[bool]
    # One device: SHA-256 of its TEE certificate, 32 octets.
    did: NotRequired[str]
    # A group of the TSM.
    group: NotRequired[str]
    # Those of which all of these conditions hold, whenever they do: a device
    # that loses one loses the application.
    devices: NotRequired[DeviceConditions]


class Task(TypedDict):
    # E.g. "InstallTA bank/9b1c...@1.0.0".
    action: str
    # "pending", "waiting" (until notBefore), "given-up", or "withheld": it
    # isn't sent, lastError says why.
    state: str
    # How often it was sent to the device.
    attempts: int
    # OTrP error code, or ours.
    lastError: str
    # When it is tried again; unset where it needn't wait.
    notBefore: NotRequired[str]
    # What lastError means and what to do, for people (docs/errors.md).
    advice: str
    # What the TEE said beside lastError, or what of its answer couldn't be
    # read; up to 512 octets, printable. Empty where there is nothing.
    detail: str


class TeeRule(TypedDict):
    # Exact name from the DSI, or with a trailing '*'. Empty matches any.
    name: NotRequired[str]
    # Lowest version, dotted numbers; empty matches any.
    minVersion: NotRequired[str]
    # True turns the rule around: a match refuses.
    deny: NotRequired[bool]
    # Only TEEs whose chain ends at the trust anchor of this name: of one
    # maker. Empty matches any.
    anchor: NotRequired[str]


class TenantRefusal(TypedDict):
    """A service provider whose policy refuses a device that is accepted."""
    # The service provider.
    spid: str
    # Which claim, which value, which rule of which policy.
    reasons: list[Reason]


class TestPolicyDraftRequest(TypedDict):
    pass


class TestPolicyDraftResponse(TypedDict):
    # As it is now.
    draft: NotRequired[PolicyDraft]
    # Recorded devices in its scope that are accepted now: for a service
    # provider's policy by the one that it has now, too.
    acceptedDevices: str
    # Of those, how many its rules and reference values would refuse.
    refusedDevices: str
    # Their TEEs, at most 1000.
    refused: list[RefusedTee]
    # Of the 1000 devices that attested last, those in its scope: they were
    # judged by all that was recorded of them, firmware evidence and revocation
    # too.
    sampledDevices: str
    # Of those, how many would be refused.
    sampledRefused: str


class TestPolicyRequest(TypedDict):
    # As for SetPolicy.
    policy: NotRequired[Policy]


class TestPolicyResponse(TypedDict):
    # Recorded devices that are accepted now.
    acceptedDevices: str
    # Of those, how many would be refused.
    refusedDevices: str
    # Their TEEs, at most 1000.
    refused: list[RefusedTee]


class Token(TypedDict):
    # "tok_..."; names the token, and is no secret.
    tokenId: str
    # What it is for, in its maker's words.
    name: str
    # At most what its member is now.
    role: str
    # The only applications that it may act on; empty: all.
    taids: list[str]
    # Whose it is; empty: made with the service provider's certificate.
    member: str
    # The trusted publisher that it was given to; empty: none.
    publisherId: str
    # When it was made.
    createdAt: NotRequired[str]
    # Until when it is good, unless it is revoked.
    expiresAt: NotRequired[str]
    # To the minute; missing where it never was.
    lastUsedAt: NotRequired[str]
    # Missing where it isn't.
    revokedAt: NotRequired[str]


class TokenEvidence(TypedDict):
    """A token that proves what a device is, and that it is new."""
    # "application/eat+cwt" or "application/eat+jwt" (RFC 9782), perhaps with a
    # profile; "application/psa-attestation-token".
    mediaType: NotRequired[str]
    # As received: CBOR, or the text of a JWT; up to 64 KiB.
    token: NotRequired[str]
    # What the device was asked to put into its nonce, by whoever relies on the
    # result: 8 to 64 octets (of a PSA device 32, 48 or 64), in a JWT the text
    # of up to 88. Never asked twice.
    challenge: NotRequired[str]


class TransferTsmIdRequest(TypedDict):
    # A registered id.
    uri: NotRequired[str]
    # The new one; never empty.
    holder: NotRequired[str]


class TransferTsmIdResponse(TypedDict):
    # As stored.
    tsmId: NotRequired[TsmId]


class TrustAnchor(TypedDict):
    # Whose hierarchy.
    role: Role
    # Unique within a role: letters, digits, '.', '-', '_'; up to 64.
    name: str
    # X.509, DER.
    certificateDer: str
    # When it was added.
    addedAt: NotRequired[str]
    # As in the request.
    acceptedEkus: list[str]


class TsmId(TypedDict):
    # An absolute https URI, as it stands in certificates.
    uri: str
    # Who may have certificates for it: "otrp://service/tsm", or an operator,
    # "otrp://operator/NAME", for a TSM that doesn't ask by itself.
    holder: str
    # When, and by whom: an identity, "bootstrap" or "migration". Empty for
    # what a version registered that didn't note it.
    registeredAt: NotRequired[str]
    # As above.
    registeredBy: str


class TsmIdentity(TypedDict):
    """One key of the TSM's, with its certificate."""
    # Of the key; a renewed certificate keeps it.
    identityId: str
    # "RSA" or "EC".
    keyType: str
    # "next", "current" or "retired".
    state: str
    # Of the certificate: lower-case hex, no leading zeros. Empty until there
    # is one.
    serial: str
    # SHA-256 over the certificate's DER, 32 octets.
    fingerprint: str
    # End of the certificate's validity.
    notAfter: NotRequired[str]
    # Until when its OCSP staples are good.
    staplesUntil: NotRequired[str]
    # When the key was made.
    createdAt: NotRequired[str]
    # When another key took its place.
    retiredAt: NotRequired[str]
    # When the certificate, or one above it, was revoked; unset: it wasn't.
    revokedAt: NotRequired[str]
    # RFC 5280 5.3.1, "keyCompromise"; of a revoked one.
    revocationReason: str


class UnassignResponse(TypedDict):
    # False: stored, and on its way to the TSM.
    delivered: bool


class UpdateWebhookRequest(TypedDict):
    # Empty: stays.
    url: NotRequired[str]
    # Full names of events, or "*" alone for all; empty: stays.
    eventTypes: NotRequired[list[str]]
    # Unset: stays. Who enables it again starts with no failures.
    enabled: NotRequired[bool]


class UpdateWebhookResponse(TypedDict):
    # As it is now.
    webhook: NotRequired[Webhook]


class Upload(TypedDict):
    # UUID in lower case.
    uploadId: str
    # Whose application it is for.
    spid: str
    # Of the TA, 1 to 64: letters, digits, '.', '-', '_' (a UUID as a rule).
    taid: str
    # One to four dotted numbers, e.g. "1.0.0".
    version: str
    # Of the image: "jws" or "optee".
    format: str
    # Octets that the image has.
    size: str
    # Of the image, 32 octets.
    sha256: str
    # Octets that have come, from the first on: the offset of the next chunk.
    received: str
    # True: the version is there.
    completed: bool
    # When it was begun.
    createdAt: NotRequired[str]
    # When it is removed if nothing comes any more.
    expiresAt: NotRequired[str]


class UsageEvent(TypedDict):
    # Row number in this service's ledger; grows, may have gaps.
    id: str
    # When it happened.
    at: NotRequired[str]
    # As in the table of kinds.
    kind: str
    # The service provider; empty where there is none.
    spid: str
    # Name of the authority that issued; empty for what isn't a certificate.
    authority: str
    # Of the authority; 0 for what isn't a certificate.
    generation: int
    # The operator's name of the trust anchor that the TEE's chain ends at;
    # empty where no TEE is known or none is trusted.
    teeVendor: str
    # The TSM's id; empty where there is none.
    tsmId: str
    # Of a certificate its serial, of an application its id, of an appraisal a
    # random name; else empty.
    item: str
    # How many; more than one where a service folds equal events.
    quantity: str
    # Of one, in the currency's minor units, as it was then.
    priceMinor: str
    # ISO 4217; empty where there was no price.
    currency: str


UsageKey = Literal[
    "USAGE_KEY_UNSPECIFIED",
    "USAGE_KEY_SP",
    "USAGE_KEY_CA",
    "USAGE_KEY_TEE_VENDOR",
    "USAGE_KEY_TSM",
]


class UsageSum(TypedDict):
    # Name of what `by` says; empty for events without one.
    key: str
    # As in the table of kinds.
    kind: str
    # ISO 4217; empty for events without a price.
    currency: str
    # How many happened.
    quantity: str
    # What they cost, in the currency's minor units.
    amountMinor: str


Verdict = Literal[
    "VERDICT_UNSPECIFIED",
    "VERDICT_ACCEPTED",
    "VERDICT_REFUSED",
]


class VerifyAuditLogResponse(TypedDict):
    # True when every seal of this part matches the events that it covers.
    intact: bool
    # Covered by the chain of hashes.
    sealedEvents: str
    # Links of the chain.
    seals: str
    # Events that are not yet under a seal; counted with the last part.
    unsealedEvents: str
    # What was found to be wrong; empty when intact.
    faults: list[str]
    # Where the next part goes on; 0: this was the last one.
    nextAfterSeal: str
    # That began in this part.
    epochs: list[AuditEpoch]


class Webhook(TypedDict):
    # UUID in lower case.
    webhookId: str
    # Whose it is.
    spid: str
    # Where events are posted to.
    url: str
    # Which ones: their full names, or "*" alone for all.
    eventTypes: list[str]
    # False: it gets nothing.
    enabled: bool
    # Why it isn't enabled; empty where it is.
    disabledReason: str
    # Of the failures since the last success; without one, unset. After five
    # days of failing it is disabled.
    failingSince: NotRequired[str]
    # Until when the secret before signs too; unset: there is none.
    oldSecretUntil: NotRequired[str]
    # When it was made.
    createdAt: NotRequired[str]


class WebhookDelivery(TypedDict):
    # Whose webhook it is for.
    spid: str
    # Which of its webhooks.
    webhookId: str
    # The event's, UUID in lower case: `webhook-id` and the CloudEvent's `id`.
    eventId: str
    # "otrp.version.released".
    eventType: str
    # What the event is about, within what is the service provider's.
    subject: str
    # What has become of it.
    state: WebhookDeliveryState
    # How often it was sent, since it was made or replayed.
    attempts: int
    # Status of the last answer; 0: none came.
    lastStatus: int
    # What was wrong with the last attempt; empty: nothing.
    lastError: str
    # When the event happened.
    createdAt: NotRequired[str]
    # When it was sent last.
    lastAttemptAt: NotRequired[str]
    # When it is sent next, where it is pending.
    nextAttemptAt: NotRequired[str]


WebhookDeliveryState = Literal[
    "WEBHOOK_DELIVERY_STATE_UNSPECIFIED",
    "WEBHOOK_DELIVERY_STATE_PENDING",
    "WEBHOOK_DELIVERY_STATE_DELIVERED",
    "WEBHOOK_DELIVERY_STATE_DEAD",
]


class WithdrawApplicationRequest(TypedDict):
    pass


class WithdrawApplicationResponse(TypedDict):
    # False: stored, and on its way to the TSM.
    delivered: bool


class WithdrawReferenceValueRequest(TypedDict):
    # For people and the history; up to 256 octets.
    reason: NotRequired[str]
    # Only says what would come of it.
    dryRun: NotRequired[bool]


class WithdrawReferenceValueResponse(TypedDict):
    # As it is now, or would be.
    value: NotRequired[ReferenceValue]
    # Recorded devices with this TEE that were accepted; they are refused, or
    # would be.
    devices: str
    # Nothing was changed.
    dryRun: bool


class WriteChunkResponse(TypedDict):
    # The offset of the next chunk.
    received: str


class YankVersionRequest(TypedDict):
    # What is wrong with it, for people; 1 to 500 characters.
    reason: NotRequired[str]


class YankVersionResponse(TypedDict):
    # As it is now.
    version: NotRequired[ApplicationVersion]
    # False: it was released, and the TSM doesn't know of the yank yet.
    delivered: bool


class Problem(TypedDict):
    """An error by RFC 9457."""
    # What kind it is, relative to the server; it never changes.
    type: str
    # The kind for people; may change.
    title: str
    # As in the status line.
    status: int
    # What is wrong in this case, for people; may change.
    detail: NotRequired[str]
    # The code of gRPC, for programs.
    code: str
    # The member or parameter at fault, such as `target.did` or `dids[3]`.
    field: NotRequired[str]
    # As in X-Request-Id.
    request_id: NotRequired[str]
