-- What the key-encryption key seals is sealed anew when that is replaced.
GRANT UPDATE (sealed_key) ON authority_request, ocsp_signer TO {{runtime_role}};
