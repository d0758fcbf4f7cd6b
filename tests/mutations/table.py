"""All mutations, in the order of docs/security.md."""

from tests.mutations import devices, inside, outside, providers, rest

MUTATIONS = (outside.MUTATIONS + rest.MUTATIONS + devices.MUTATIONS
             + providers.MUTATIONS + inside.MUTATIONS)
