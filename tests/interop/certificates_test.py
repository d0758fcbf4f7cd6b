"""What libs/pki issues, read by implementations that nobody here wrote: a
certificate that one of them can't read shuts out whoever uses it."""

import glob
import os
import subprocess
import tempfile
import unittest

from cryptography import x509

TOOL = os.path.join(os.getcwd(), "tests/interop/certificate_tool")

# Every certificate of the files, with all of its extensions.
GO = """package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func main() {
	for _, path := range os.Args[1:] {
		rest, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		roots, below := x509.NewCertPool(), x509.NewCertPool()
		var leaf *x509.Certificate
		for {
			var block *pem.Block
			block, rest = pem.Decode(rest)
			if block == nil {
				break
			}
			one, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				fmt.Println(path, err)
				os.Exit(1)
			}
			if leaf == nil {
				leaf = one
			}
			roots.AddCert(one)
			below.AddCert(one)
		}
		any := []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
		if _, err := leaf.Verify(x509.VerifyOptions{
			Roots: roots, Intermediates: below, KeyUsages: any}); err != nil {
			fmt.Println(path, err)
			os.Exit(1)
		}
		fmt.Println(leaf.IPAddresses, leaf.URIs, leaf.DNSNames)
	}
}
"""

NODE = """
const {X509Certificate} = require('crypto');
const fs = require('fs');
for (const path of process.argv.slice(1)) {
  const blocks = fs.readFileSync(path, 'ascii').match(
      /-----BEGIN[^]*?END CERTIFICATE-----/g);
  const [leaf, ca, root] = blocks.map(block => new X509Certificate(block));
  if (!leaf.checkIssued(ca) || !ca.checkIssued(root) ||
      !leaf.verify(ca.publicKey) || !leaf.checkIP('2001:db8::1')) {
    throw new Error(path);
  }
}
"""


def run(argv, **more):
    done = subprocess.run(argv, capture_output=True, check=False, **more)
    text = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode != 0:
        raise AssertionError(f"{argv}: {text}")
    return text


class CertificatesTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        run([TOOL, cls.folder])
        cls.files = sorted(glob.glob(os.path.join(cls.folder, "*.pem")))

    def test_each_profile_is_there_with_both_keys(self):
        self.assertGreaterEqual(len(self.files), 14)

    def test_go(self):
        source = os.path.join(self.folder, "main.go")
        with open(source, "w", encoding="ascii") as f:
            f.write(GO)
        text = run(["go", "run", source, *self.files],
                   cwd=self.folder,
                   env={**os.environ, "HOME": self.folder,
                        "GO111MODULE": "off", "GOFLAGS": "",
                        "GOCACHE": os.path.join(self.folder, "cache")})
        self.assertEqual(text.count("2001:db8::1"), len(self.files))

    def test_python_cryptography(self):
        for path in self.files:
            with open(path, "rb") as f:
                leaf = x509.load_pem_x509_certificate(f.read())
            self.assertGreaterEqual(len(list(leaf.extensions)), 7, path)
            names = leaf.extensions.get_extension_for_class(
                x509.SubjectAlternativeName).value
            self.assertIn("2001:db8::1", [str(ip) for ip in
                          names.get_values_for_type(x509.IPAddress)])

    def test_gnutls(self):
        for path in self.files:
            text = run(["certtool", "--certificate-info", "--infile", path])
            self.assertNotIn("error", text.lower(), path)
            self.assertIn("2001:db8::1", text.lower())
            run(["certtool", "--verify-chain", "--infile", path])

    def test_openssl(self):
        for path in self.files:
            run(["openssl", "verify", "-x509_strict", "-CAfile", path, path])

    def test_java(self):
        text = run(["keytool", "-printcert", "-file", self.files[0]])
        self.assertIn("SubjectAlternativeName", text)
        for path in self.files[1:]:
            self.assertNotIn("Exception",
                             run(["keytool", "-printcert", "-file", path]))

    def test_node(self):
        run(["node", "-e", NODE, *self.files])


if __name__ == "__main__":
    unittest.main()
