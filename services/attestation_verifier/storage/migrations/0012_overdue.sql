-- Accepted devices by when they attested last.
CREATE INDEX appraised_device_due ON appraised_device (at, did) WHERE accepted;
