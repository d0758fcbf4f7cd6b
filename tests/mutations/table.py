"""All mutations, in the order of docs/security.md."""

from tests.mutations import devices, inside, outside, providers

MUTATIONS = (outside.MUTATIONS + devices.MUTATIONS + providers.MUTATIONS
             + inside.MUTATIONS)
