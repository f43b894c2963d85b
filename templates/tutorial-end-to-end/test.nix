# A client deposits, transfers and withdraws money at a ledger.
let
  mkLedgerHost = import ./production.nix;
  chain = import ./chain.nix;

  # The server: that of production, and what is different in the test.
  production = mkLedgerHost "ledger";
  server = production // {
    files =
      production.files
      // chain.files
      // {
        # No authority issues certificates in the test, so the server uses HTTP.
        "/etc/nginx/snippets/tls.conf" = "# The test replaces this file.\n";

        # The contract is deployed when the machine is up, so that its hash is not known before.
        "/usr/local/bin/start-ledger" = {
          mode = "0755";
          text = ''
            #!/bin/sh
            LEDGER_CONTRACT_HASH=$(cat ${chain.directory}/contracts/ledger_contract_hash)
            export LEDGER_CONTRACT_HASH
            exec ${production.services.ledger.serviceConfig.ExecStart}
          '';
        };
      };

    services =
      production.services
      // chain.services
      // {
        ledger = production.services.ledger // {
          after = production.services.ledger.after ++ [ "chain-setup.service" ];
          requires = production.services.ledger.requires ++ [ "chain-setup.service" ];
          environment = production.services.ledger.environment // {
            LEDGER_SYNC_SECONDS = 2;
          };
          serviceConfig = production.services.ledger.serviceConfig // {
            ExecStart = "/usr/local/bin/start-ledger";
          };
        };
      };
  };

  # The client: another machine, with what a user has.
  client = {
    packages = [
      "openssl"
      "python3"
      "wget"
    ];
    files = {
      "/srv/ledger".source = ./programs;
      "/usr/local/bin/ledger-cli" = {
        mode = "0755";
        text = ''
          #!/bin/sh
          exec /usr/bin/python3 /srv/ledger/ledger_cli.py "$@"
        '';
      };
    };
  };

  chainAddress = "http://localhost:${toString chain.port}";
  # The folder that wget makes, see the script.
  usersDirectory = "ledger/chain/users";
in
{
  name = "seed-end-to-end";
  nodes = {
    inherit client;
    ledger = server;
  };

  # The script.
  extraPythonPackages = [ "python3-backoff" ];
  testScript = ''
    import json

    import backoff


    # Utils
    def verify_deploy_success(json_data: dict) -> bool:
        """Whether the chain has executed the deploy."""
        results = json_data.get("result", {}).get("execution_results", [])
        return any("Success" in execution.get("result", {}) for execution in results)


    # The pauses are random, and 2 s at most. A minute is enough for a busy computer without KVM.
    patiently = backoff.on_exception(
        backoff.expo, Exception, max_time=60, max_value=2, jitter=backoff.full_jitter
    )


    @patiently
    def wait_for_successful_deploy(deploy_hash: str) -> None:
        client_output = ledger.succeed(
            f"chain-client get-deploy --node-address ${chainAddress} {deploy_hash}"
        )
        if not verify_deploy_success(json.loads(client_output)):
            raise Exception(f"Success key not found in JSON: {client_output}")


    def cli(arguments: str) -> str:
        return client.succeed(f"ledger-cli --ledger-address http://ledger {arguments}")


    @patiently
    def wait_for_transaction(sender: str, transaction_type: str, amount: int) -> None:
        transactions = json.loads(
            cli(f"fetch --sender {sender} --transaction-type {transaction_type}")
        )
        if not any(
            transaction.get("public_key") == sender and transaction.get("amount") == str(amount)
            for transaction in transactions
        ):
            raise Exception(
                f"Couldn't find {transaction_type} for sender {sender} with amount {amount}"
                f" in transactions: {transactions}"
            )


    def balance(public_key: str) -> int:
        return int(json.loads(cli(f"balance --account {public_key}"))["amount"])


    # Test
    start_all()

    ledger.wait_for_unit("chain-setup.service")
    ledger.wait_for_unit("ledger.service")
    ledger.wait_for_unit("nginx.service")
    ledger.wait_for_open_port(80)

    client.wait_for_unit("multi-user.target")

    # The client needs the wallets that the setup of the chain has made. The server shows them
    # for that.
    client.succeed("wget --no-parent -r http://ledger/chain/users/")

    with subtest("deposit"):
        deposit_amount = 3000000000
        depositor = client.succeed("cat ${usersDirectory}/user-2/public_key_hex")
        depositor_private_key = "${usersDirectory}/user-2/secret_key.pem"
        deposit_deploy_hash = cli(
            f"deposit --amount {deposit_amount} --recipient {depositor}"
            f" --private-key {depositor_private_key}"
        ).strip()
        assert int(deposit_deploy_hash, 16), (
            "The deposit command did not output a hex encoded deploy hash."
            f" The output was {deposit_deploy_hash}"
        )

        wait_for_successful_deploy(deposit_deploy_hash)

        wait_for_transaction(depositor, "deposit", deposit_amount)

    with subtest("transfer"):
        transfer_amount = 1000
        beneficiary = client.succeed("cat ${usersDirectory}/user-3/public_key_hex")
        transfer_output = cli(
            f"transfer --amount {transfer_amount} --recipient {beneficiary}"
            f" --private-key {depositor_private_key}"
        )
        assert "Transfer successfully sent to the ledger\n" in transfer_output, (
            f"The transfer command was not successful: {transfer_output}"
        )

    with subtest("data availability"):
        transactions = json.loads(cli(f"fetch --recipient {beneficiary}"))
        assert any(
            transaction.get("recipient") == beneficiary
            and transaction.get("amount") == str(transfer_amount)
            for transaction in transactions
        ), f"Couldn't find the transfer in the ledger's data availability layer: {transactions}"

    with subtest("withdraw"):
        withdrawal_amount = 800
        withdrawer = beneficiary
        withdrawer_private_key = "${usersDirectory}/user-3/secret_key.pem"
        withdraw_output = cli(
            f"withdraw --amount {withdrawal_amount} --private-key {withdrawer_private_key}"
        )
        assert "Withdrawal successfully sent to the ledger\n" in withdraw_output, (
            f"The withdraw command was not successful: {withdraw_output}"
        )

        wait_for_transaction(withdrawer, "withdrawal", withdrawal_amount)

    with subtest("balances"):
        t.assertEqual(balance(depositor), deposit_amount - transfer_amount)
        t.assertEqual(balance(withdrawer), transfer_amount - withdrawal_amount)
        # What is gone cannot be taken out again.
        refusal = client.fail(
            "ledger-cli --ledger-address http://ledger withdraw --amount 201"
            f" --private-key {withdrawer_private_key} 2>&1"
        )
        t.assertIn("the account has 200, and 201 are asked for", refusal)
  '';
}
