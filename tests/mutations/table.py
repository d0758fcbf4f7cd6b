"""All mutations, in the order of docs/security.md."""

from tests.mutations import (attestation, authorities, devices, inside,
                             market, outside, own_keys, people, providers, rest,
                             tenancy, tokens, webhooks)

MUTATIONS = (outside.MUTATIONS + rest.MUTATIONS + tokens.MUTATIONS
             + devices.MUTATIONS + tenancy.MUTATIONS + providers.MUTATIONS
             + market.MUTATIONS
             + inside.MUTATIONS + attestation.MUTATIONS + own_keys.MUTATIONS
             + authorities.MUTATIONS
             + people.MUTATIONS + webhooks.MUTATIONS)
