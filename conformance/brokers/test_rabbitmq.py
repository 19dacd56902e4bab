"""What devices do at a RabbitMQ that takes grantd's tokens, and what an attacker would."""

import base64
import json
import logging
import queue
import unittest

import paho.mqtt.client as paho
import pika

import stage

logging.getLogger("pika").setLevel(logging.CRITICAL)


class Mqtt:
    """One MQTT connection, and what happened on it."""

    def __init__(self, port, password, name="sensor-7"):
        self.happened = queue.Queue()
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name, protocol=paho.MQTTv311)
        self.client.username_pw_set("whoever", password)
        self.client.on_connect = lambda _client, _data, _flags, code, _more: self.note("connected", not code.is_failure)
        self.client.on_disconnect = lambda *_: self.note("gone", None)
        self.client.on_subscribe = lambda _client, _data, _id, codes, _more: self.note("subscribed", not codes[0].is_failure)
        self.client.on_message = lambda _client, _data, message: self.note(message.topic, message.payload)
        self.client.on_publish = lambda *_: self.note("published", True)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self.accepted = self.next() == ("connected", True)

    def note(self, what, value):
        self.happened.put((what, value))

    def next(self):
        return self.happened.get(timeout=stage.PATIENCE)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class RabbitMq(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = stage.Stage(lifetime="15s")

    @classmethod
    def tearDownClass(cls):
        cls.stage.stop()

    def mqtt(self, password, **more):
        connection = Mqtt(self.stage.mqtt, password, **more)
        self.addCleanup(connection.close)
        return connection

    def amqp(self, password):
        """An AMQP channel, or the error."""
        who = pika.PlainCredentials("whoever", password)
        connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self.stage.amqp, credentials=who))
        self.addCleanup(self.drop, connection)
        channel = connection.channel()
        channel.confirm_delivery()
        return channel

    @staticmethod
    def drop(connection):
        """RabbitMQ ends connections by itself, when their token ends."""
        try:
            connection.close()
        except pika.exceptions.AMQPError:
            pass

    def refused(self, password):
        self.assertFalse(self.mqtt(password).accepted)
        with self.assertRaises(pika.exceptions.ProbableAuthenticationError):
            self.amqp(password)

    def test_a_token_is_a_password_over_mqtt(self):
        device = self.mqtt(self.stage.token())
        self.assertTrue(device.accepted)
        device.client.subscribe("plant/#", 1)
        self.assertEqual(device.next(), ("subscribed", True))
        device.client.publish("plant/7/temperature", b"21", 1)
        happened = {device.next(), device.next()}
        self.assertEqual(happened, {("published", True), ("plant/7/temperature", b"21")})

    def test_a_token_is_a_password_over_amqp(self):
        self.amqp(self.stage.token("telemetry:write")).basic_publish("amq.topic", "plant.7", b"21")

    def test_a_token_that_permits_less_does_less(self):
        reader = self.mqtt(self.stage.token("telemetry:read"), name="reader")
        self.assertTrue(reader.accepted)
        reader.client.publish("plant/7", b"99", 1)
        self.assertEqual(reader.next(), ("gone", None))
        with self.assertRaises(pika.exceptions.ChannelClosedByBroker) as closed:
            self.amqp(self.stage.token("telemetry:read")).basic_publish("amq.topic", "plant.7", b"99")
        self.assertEqual(closed.exception.reply_code, 403)

    def test_a_topic_that_no_permission_names_is_closed(self):
        device = self.mqtt(self.stage.token(), name="curious")
        device.client.subscribe("secrets/#", 1)
        self.assertIn(device.next(), (("gone", None), ("subscribed", False)))
        with self.assertRaises(pika.exceptions.ChannelClosedByBroker):
            self.amqp(self.stage.token()).basic_publish("amq.topic", "secrets.7", b"x")

    def test_a_queue_that_no_permission_names_is_closed(self):
        for take in (
            lambda channel: channel.queue_declare("mine"),
            lambda channel: channel.exchange_declare("mine"),
            lambda channel: channel.basic_publish("amq.fanout", "plant.7", b"x"),
        ):
            with self.assertRaises(pika.exceptions.ChannelClosedByBroker) as closed:
                take(self.amqp(self.stage.token()))
            self.assertEqual(closed.exception.reply_code, 403)

    def test_what_is_no_token_of_the_issuer_is_refused(self):
        header, claims, signature = self.stage.token().split(".")
        more = json.loads(base64.urlsafe_b64decode(claims + "=="))
        more["exp"] += 1000
        changed = base64.urlsafe_b64encode(json.dumps(more).encode()).decode().rstrip("=")
        for password in ("", "guest", "wrong", f"{header}.{changed}.{signature}", f"{header}.{claims}.", "a.b.c"):
            with self.subTest(password=password[-20:]):
                self.refused(password)

    def test_a_token_for_another_api_is_refused(self):
        self.refused(self.stage.token(resource="https://api.plant.example"))

    def test_a_token_that_has_ended_is_refused(self):
        token = self.stage.token()
        self.amqp(token)

        def has_ended():
            try:
                self.amqp(token).connection.close()
            except pika.exceptions.ProbableAuthenticationError:
                return True
            return False

        self.assertTrue(stage.until(has_ended))
        self.refused(token)


if __name__ == "__main__":
    unittest.main()
