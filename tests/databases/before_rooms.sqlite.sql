BEGIN TRANSACTION;
CREATE TABLE "api_idempotencykey" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "key" varchar(255) NOT NULL, "fingerprint" varchar(64) NOT NULL, "messages" text NOT NULL CHECK ((JSON_VALID("messages") OR "messages" IS NULL)), "created_at" datetime NOT NULL, "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "one_key_per_user" UNIQUE ("user_id", "key"));
CREATE TABLE "api_token" ("digest" varchar(128) NOT NULL PRIMARY KEY, "token_key" varchar(25) NOT NULL, "created" datetime NOT NULL, "expiry" datetime NULL, "name" varchar(100) NOT NULL, "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "api_usage" ("user_id" integer NOT NULL PRIMARY KEY REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED, "minute" bigint NOT NULL, "requests" integer unsigned NOT NULL CHECK ("requests" >= 0));
CREATE TABLE "auth_group" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(150) NOT NULL UNIQUE);
CREATE TABLE "auth_group_permissions" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED, "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "auth_permission" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "content_type_id" integer NOT NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED, "codename" varchar(100) NOT NULL, "name" varchar(255) NOT NULL);
INSERT INTO "auth_permission" VALUES(1,1,'add_logentry','Can add log entry');
INSERT INTO "auth_permission" VALUES(2,1,'change_logentry','Can change log entry');
INSERT INTO "auth_permission" VALUES(3,1,'delete_logentry','Can delete log entry');
INSERT INTO "auth_permission" VALUES(4,1,'view_logentry','Can view log entry');
INSERT INTO "auth_permission" VALUES(5,2,'add_permission','Can add permission');
INSERT INTO "auth_permission" VALUES(6,2,'change_permission','Can change permission');
INSERT INTO "auth_permission" VALUES(7,2,'delete_permission','Can delete permission');
INSERT INTO "auth_permission" VALUES(8,2,'view_permission','Can view permission');
INSERT INTO "auth_permission" VALUES(9,3,'add_group','Can add group');
INSERT INTO "auth_permission" VALUES(10,3,'change_group','Can change group');
INSERT INTO "auth_permission" VALUES(11,3,'delete_group','Can delete group');
INSERT INTO "auth_permission" VALUES(12,3,'view_group','Can view group');
INSERT INTO "auth_permission" VALUES(13,4,'add_user','Can add user');
INSERT INTO "auth_permission" VALUES(14,4,'change_user','Can change user');
INSERT INTO "auth_permission" VALUES(15,4,'delete_user','Can delete user');
INSERT INTO "auth_permission" VALUES(16,4,'view_user','Can view user');
INSERT INTO "auth_permission" VALUES(17,5,'add_contenttype','Can add content type');
INSERT INTO "auth_permission" VALUES(18,5,'change_contenttype','Can change content type');
INSERT INTO "auth_permission" VALUES(19,5,'delete_contenttype','Can delete content type');
INSERT INTO "auth_permission" VALUES(20,5,'view_contenttype','Can view content type');
INSERT INTO "auth_permission" VALUES(21,6,'add_session','Can add session');
INSERT INTO "auth_permission" VALUES(22,6,'change_session','Can change session');
INSERT INTO "auth_permission" VALUES(23,6,'delete_session','Can delete session');
INSERT INTO "auth_permission" VALUES(24,6,'view_session','Can view session');
INSERT INTO "auth_permission" VALUES(25,7,'add_account','Can add account');
INSERT INTO "auth_permission" VALUES(26,7,'change_account','Can change account');
INSERT INTO "auth_permission" VALUES(27,7,'delete_account','Can delete account');
INSERT INTO "auth_permission" VALUES(28,7,'view_account','Can view account');
INSERT INTO "auth_permission" VALUES(29,8,'add_tuning','Can add tuning');
INSERT INTO "auth_permission" VALUES(30,8,'change_tuning','Can change tuning');
INSERT INTO "auth_permission" VALUES(31,8,'delete_tuning','Can delete tuning');
INSERT INTO "auth_permission" VALUES(32,8,'view_tuning','Can view tuning');
INSERT INTO "auth_permission" VALUES(33,9,'add_worker','Can add worker');
INSERT INTO "auth_permission" VALUES(34,9,'change_worker','Can change worker');
INSERT INTO "auth_permission" VALUES(35,9,'delete_worker','Can delete worker');
INSERT INTO "auth_permission" VALUES(36,9,'view_worker','Can view worker');
INSERT INTO "auth_permission" VALUES(37,10,'add_conversation','Can add conversation');
INSERT INTO "auth_permission" VALUES(38,10,'change_conversation','Can change conversation');
INSERT INTO "auth_permission" VALUES(39,10,'delete_conversation','Can delete conversation');
INSERT INTO "auth_permission" VALUES(40,10,'view_conversation','Can view conversation');
INSERT INTO "auth_permission" VALUES(41,11,'add_message','Can add message');
INSERT INTO "auth_permission" VALUES(42,11,'change_message','Can change message');
INSERT INTO "auth_permission" VALUES(43,11,'delete_message','Can delete message');
INSERT INTO "auth_permission" VALUES(44,11,'view_message','Can view message');
INSERT INTO "auth_permission" VALUES(45,12,'add_attempt','Can add attempt');
INSERT INTO "auth_permission" VALUES(46,12,'change_attempt','Can change attempt');
INSERT INTO "auth_permission" VALUES(47,12,'delete_attempt','Can delete attempt');
INSERT INTO "auth_permission" VALUES(48,12,'view_attempt','Can view attempt');
INSERT INTO "auth_permission" VALUES(49,13,'add_automatictext','Can add automatic text');
INSERT INTO "auth_permission" VALUES(50,13,'change_automatictext','Can change automatic text');
INSERT INTO "auth_permission" VALUES(51,13,'delete_automatictext','Can delete automatic text');
INSERT INTO "auth_permission" VALUES(52,13,'view_automatictext','Can view automatic text');
INSERT INTO "auth_permission" VALUES(53,14,'add_latequestion','Can add late message');
INSERT INTO "auth_permission" VALUES(54,14,'change_latequestion','Can change late message');
INSERT INTO "auth_permission" VALUES(55,14,'delete_latequestion','Can delete late message');
INSERT INTO "auth_permission" VALUES(56,14,'view_latequestion','Can view late message');
INSERT INTO "auth_permission" VALUES(57,15,'add_outboxmessage','Can add message in the outbox');
INSERT INTO "auth_permission" VALUES(58,15,'change_outboxmessage','Can change message in the outbox');
INSERT INTO "auth_permission" VALUES(59,15,'delete_outboxmessage','Can delete message in the outbox');
INSERT INTO "auth_permission" VALUES(60,15,'view_outboxmessage','Can view message in the outbox');
INSERT INTO "auth_permission" VALUES(61,16,'add_shop','Can add shop');
INSERT INTO "auth_permission" VALUES(62,16,'change_shop','Can change shop');
INSERT INTO "auth_permission" VALUES(63,16,'delete_shop','Can delete shop');
INSERT INTO "auth_permission" VALUES(64,16,'view_shop','Can view shop');
INSERT INTO "auth_permission" VALUES(65,17,'add_openhours','Can add business hours');
INSERT INTO "auth_permission" VALUES(66,17,'change_openhours','Can change business hours');
INSERT INTO "auth_permission" VALUES(67,17,'delete_openhours','Can delete business hours');
INSERT INTO "auth_permission" VALUES(68,17,'view_openhours','Can view business hours');
INSERT INTO "auth_permission" VALUES(69,18,'add_label','Can add label');
INSERT INTO "auth_permission" VALUES(70,18,'change_label','Can change label');
INSERT INTO "auth_permission" VALUES(71,18,'delete_label','Can delete label');
INSERT INTO "auth_permission" VALUES(72,18,'view_label','Can view label');
INSERT INTO "auth_permission" VALUES(73,19,'add_responserule','Can add rule');
INSERT INTO "auth_permission" VALUES(74,19,'change_responserule','Can change rule');
INSERT INTO "auth_permission" VALUES(75,19,'delete_responserule','Can delete rule');
INSERT INTO "auth_permission" VALUES(76,19,'view_responserule','Can view rule');
INSERT INTO "auth_permission" VALUES(77,20,'add_rulesversion','Can add rules version');
INSERT INTO "auth_permission" VALUES(78,20,'change_rulesversion','Can change rules version');
INSERT INTO "auth_permission" VALUES(79,20,'delete_rulesversion','Can delete rules version');
INSERT INTO "auth_permission" VALUES(80,20,'view_rulesversion','Can view rules version');
INSERT INTO "auth_permission" VALUES(81,21,'add_rulecard','Can add card');
INSERT INTO "auth_permission" VALUES(82,21,'change_rulecard','Can change card');
INSERT INTO "auth_permission" VALUES(83,21,'delete_rulecard','Can delete card');
INSERT INTO "auth_permission" VALUES(84,21,'view_rulecard','Can view card');
INSERT INTO "auth_permission" VALUES(85,24,'add_webhookevent','Can add webhook event');
INSERT INTO "auth_permission" VALUES(86,24,'change_webhookevent','Can change webhook event');
INSERT INTO "auth_permission" VALUES(87,24,'delete_webhookevent','Can delete webhook event');
INSERT INTO "auth_permission" VALUES(88,24,'view_webhookevent','Can view webhook event');
INSERT INTO "auth_permission" VALUES(89,25,'add_usage','Can add usage');
INSERT INTO "auth_permission" VALUES(90,25,'change_usage','Can change usage');
INSERT INTO "auth_permission" VALUES(91,25,'delete_usage','Can delete usage');
INSERT INTO "auth_permission" VALUES(92,25,'view_usage','Can view usage');
INSERT INTO "auth_permission" VALUES(93,26,'add_token','Can add API token');
INSERT INTO "auth_permission" VALUES(94,26,'change_token','Can change API token');
INSERT INTO "auth_permission" VALUES(95,26,'delete_token','Can delete API token');
INSERT INTO "auth_permission" VALUES(96,26,'view_token','Can view API token');
INSERT INTO "auth_permission" VALUES(97,27,'add_idempotencykey','Can add idempotency key');
INSERT INTO "auth_permission" VALUES(98,27,'change_idempotencykey','Can change idempotency key');
INSERT INTO "auth_permission" VALUES(99,27,'delete_idempotencykey','Can delete idempotency key');
INSERT INTO "auth_permission" VALUES(100,27,'view_idempotencykey','Can view idempotency key');
INSERT INTO "auth_permission" VALUES(101,28,'add_customer','Can add customer');
INSERT INTO "auth_permission" VALUES(102,28,'change_customer','Can change customer');
INSERT INTO "auth_permission" VALUES(103,28,'delete_customer','Can delete customer');
INSERT INTO "auth_permission" VALUES(104,28,'view_customer','Can view customer');
INSERT INTO "auth_permission" VALUES(105,29,'add_message','Can add message');
INSERT INTO "auth_permission" VALUES(106,29,'change_message','Can change message');
INSERT INTO "auth_permission" VALUES(107,29,'delete_message','Can delete message');
INSERT INTO "auth_permission" VALUES(108,29,'view_message','Can view message');
INSERT INTO "auth_permission" VALUES(109,30,'add_step','Can add step');
INSERT INTO "auth_permission" VALUES(110,30,'change_step','Can change step');
INSERT INTO "auth_permission" VALUES(111,30,'delete_step','Can delete step');
INSERT INTO "auth_permission" VALUES(112,30,'view_step','Can view step');
INSERT INTO "auth_permission" VALUES(113,31,'add_fault','Can add fault');
INSERT INTO "auth_permission" VALUES(114,31,'change_fault','Can change fault');
INSERT INTO "auth_permission" VALUES(115,31,'delete_fault','Can delete fault');
INSERT INTO "auth_permission" VALUES(116,31,'view_fault','Can view fault');
CREATE TABLE "auth_user" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "password" varchar(128) NOT NULL, "last_login" datetime NULL, "is_superuser" bool NOT NULL, "username" varchar(150) NOT NULL UNIQUE, "last_name" varchar(150) NOT NULL, "email" varchar(254) NOT NULL, "is_staff" bool NOT NULL, "is_active" bool NOT NULL, "date_joined" datetime NOT NULL, "first_name" varchar(150) NOT NULL);
INSERT INTO "auth_user" VALUES(1,'!VslYygnntFyuaRsly1xhtxqW6RTrAIm1mtknaRjZ',NULL,0,'anna','','',1,1,'2026-11-20 09:30:00','');
CREATE TABLE "auth_user_groups" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED, "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "auth_user_user_permissions" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED, "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED);
INSERT INTO "auth_user_user_permissions" VALUES(1,1,32);
INSERT INTO "auth_user_user_permissions" VALUES(2,1,64);
INSERT INTO "auth_user_user_permissions" VALUES(3,1,38);
INSERT INTO "auth_user_user_permissions" VALUES(4,1,40);
INSERT INTO "auth_user_user_permissions" VALUES(5,1,76);
INSERT INTO "auth_user_user_permissions" VALUES(6,1,62);
CREATE TABLE "conversations_account" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "instagram_id" varchar(255) NOT NULL UNIQUE, "node_id" varchar(255) NOT NULL, "username" varchar(255) NOT NULL, "identified_by" varchar(64) NOT NULL, "paused_until" datetime NULL, "pause" varchar(20) NOT NULL, "pause_reason" varchar(500) NOT NULL, "next_send_at" datetime NULL, "next_look_at" datetime NULL, "strikes" smallint unsigned DEFAULT 0 NOT NULL CHECK ("strikes" >= 0), "struck_at" datetime NULL);
INSERT INTO "conversations_account" VALUES(1,'17841','','olena.flowers','',NULL,'','',NULL,NULL,0,NULL);
CREATE TABLE "conversations_attempt" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "started_at" datetime NOT NULL, "milliseconds" integer unsigned NULL CHECK ("milliseconds" >= 0), "outcome" varchar(40) DEFAULT '' NOT NULL, "http_status" smallint unsigned NULL CHECK ("http_status" >= 0), "code" integer NULL, "subcode" integer NULL, "trace_id" varchar(100) DEFAULT '' NOT NULL, "body" text DEFAULT '' NOT NULL, "message_id" bigint NOT NULL REFERENCES "conversations_message" ("id") DEFERRABLE INITIALLY DEFERRED);
INSERT INTO "conversations_attempt" VALUES(1,'2026-11-20 09:30:00',80,'Sent',200,NULL,NULL,'','',2);
CREATE TABLE "conversations_automatictext" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "digest" varchar(64) NOT NULL UNIQUE, "text" text NOT NULL, "marked_by" varchar(255) NOT NULL, "marked_at" datetime NOT NULL);
INSERT INTO "conversations_automatictext" VALUES(1,'182bf0da507cd216b2c24f99f37b4594c019cc6c9875067d2090e4d5be9acf10','Thanks, we answer soon.','anna','2026-11-20 09:30:00');
CREATE TABLE "conversations_conversation" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "due_at" datetime NULL, "leased_until" datetime NULL, "tries" integer unsigned DEFAULT 0 NOT NULL CHECK ("tries" >= 0), "customer_id" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "username" varchar(255) NOT NULL, "last_inbound_at" datetime NULL, "bot_paused_until" datetime NULL, "bot_paused_by" varchar(255) NOT NULL, "needs_person" bool NOT NULL, "created_at" datetime NOT NULL, "account_id" bigint NOT NULL REFERENCES "conversations_account" ("id") DEFERRABLE INITIALLY DEFERRED, "other_app_at" datetime NULL, "picture_url" text DEFAULT '' NOT NULL, "profile_at" datetime NULL, "referral" text DEFAULT '{}' NOT NULL CHECK ((JSON_VALID("referral") OR "referral" IS NULL)), "referral_ref" varchar(255) DEFAULT '' NOT NULL, "referred_at" datetime NULL, "disclosed_at" datetime NULL, "last_word_at" datetime NULL, CONSTRAINT "conversation_leased_is_due" CHECK (("leased_until" IS NULL OR "due_at" IS NOT NULL)), CONSTRAINT "one_per_customer" UNIQUE ("account_id", "customer_id"));
INSERT INTO "conversations_conversation" VALUES(1,NULL,NULL,0,'870001','','maria','2026-11-20 09:30:00','2026-11-24 13:30:00','anna',1,'2026-11-20 09:30:00',1,NULL,'',NULL,'{}','',NULL,NULL,NULL);
CREATE TABLE "conversations_conversation_labels" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "conversation_id" bigint NOT NULL REFERENCES "conversations_conversation" ("id") DEFERRABLE INITIALLY DEFERRED, "label_id" bigint NOT NULL REFERENCES "conversations_label" ("id") DEFERRABLE INITIALLY DEFERRED);
INSERT INTO "conversations_conversation_labels" VALUES(1,1,1);
CREATE TABLE "conversations_label" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(50) NOT NULL UNIQUE);
INSERT INTO "conversations_label" VALUES(1,'returns');
CREATE TABLE "conversations_message" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "origin" varchar(10) NOT NULL, "kind" varchar(255) NOT NULL, "mid" varchar(255) NULL, "text" text NOT NULL, "payload" text DEFAULT '' NOT NULL, "attachments" text DEFAULT '[]' NOT NULL CHECK ((JSON_VALID("attachments") OR "attachments" IS NULL)), "at" datetime NOT NULL, "created_at" datetime NOT NULL, "verdict" varchar(10) DEFAULT '' NOT NULL, "reason" text DEFAULT '' NOT NULL, "decided_at" datetime NULL, "position" smallint unsigned DEFAULT 0 NOT NULL CHECK ("position" >= 0), "rule" bigint NULL, "state" varchar(10) DEFAULT '' NOT NULL, "not_before" datetime NULL, "tries" smallint unsigned DEFAULT 0 NOT NULL CHECK ("tries" >= 0), "called_at" datetime NULL, "sent_at" datetime NULL, "seen_at" datetime NULL, "error" text DEFAULT '' NOT NULL, "conversation_id" bigint NOT NULL REFERENCES "conversations_conversation" ("id") DEFERRABLE INITIALLY DEFERRED, "about" text DEFAULT '{}' NOT NULL CHECK ((JSON_VALID("about") OR "about" IS NULL)), "edited_at" datetime NULL, "edits" smallint unsigned DEFAULT 0 NOT NULL CHECK ("edits" >= 0), "reacted_at" datetime NULL, "reaction" varchar(50) DEFAULT '' NOT NULL, "released_at" datetime NULL, "unsent_at" datetime NULL, "content" text DEFAULT '{}' NOT NULL CHECK ((JSON_VALID("content") OR "content" IS NULL)), "looked_at" datetime NULL, "looks" smallint unsigned DEFAULT 0 NOT NULL CHECK ("looks" >= 0), "sent_again" bool DEFAULT 0 NOT NULL, "staff" varchar(255) DEFAULT '' NOT NULL, "token" varchar(64) NULL, "variant" smallint unsigned NULL CHECK ("variant" >= 0), "why" text DEFAULT '{}' NOT NULL CHECK ((JSON_VALID("why") OR "why" IS NULL)), "in_reply_to_id" bigint NULL REFERENCES "conversations_message" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "verdict_in_state_out" CHECK ((("origin" = 'customer' AND NOT ("verdict" = '') AND "state" = '') OR (NOT ("origin" = 'customer') AND "verdict" = '' AND NOT ("state" = '')))), CONSTRAINT "only_echoes_undecided" CHECK ((NOT ("state" = 'undecided') OR "origin" = 'app')), CONSTRAINT "one_mid" UNIQUE ("mid"));
INSERT INTO "conversations_message" VALUES(1,'customer','text','aWdf1','Do you ship to Lviv?','','[]','2026-11-20 09:30:00','2026-11-20 09:30:00','answered','''ship'' is in the message.','2026-11-20 09:30:00',0,NULL,'',NULL,0,NULL,NULL,NULL,'',1,'{}',NULL,0,NULL,'',NULL,NULL,'{}',NULL,0,0,'',NULL,NULL,'{"rules": 9, "lost": []}',NULL);
INSERT INTO "conversations_message" VALUES(2,'bot','text','aWdf2','In two days.','','[]','2026-11-20 09:30:00','2026-11-20 09:30:00','','',NULL,0,1,'sent',NULL,0,'2026-11-20 09:30:00','2026-11-20 09:30:00',NULL,'',1,'{}',NULL,0,NULL,'',NULL,NULL,'{}',NULL,0,0,'',NULL,0,'{}',1);
INSERT INTO "conversations_message" VALUES(3,'app','text','aWdf3','I look after this.','','[]','2026-11-20 09:30:00','2026-11-20 09:30:00','','',NULL,0,NULL,'sent',NULL,0,NULL,NULL,NULL,'',1,'{}',NULL,0,NULL,'',NULL,NULL,'{}',NULL,0,0,'',NULL,NULL,'{}',NULL);
CREATE TABLE "conversations_openhours" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "weekday" smallint unsigned NOT NULL CHECK ("weekday" >= 0), "opens" time NOT NULL, "closes" time NOT NULL, "shop_id" smallint NOT NULL REFERENCES "conversations_shop" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "seven_days" CHECK ("weekday" <= 6));
INSERT INTO "conversations_openhours" VALUES(7,0,'09:00:00','18:00:00',1);
INSERT INTO "conversations_openhours" VALUES(8,5,'22:00:00','02:00:00',1);
CREATE TABLE "conversations_shop" ("id" smallint unsigned NOT NULL PRIMARY KEY CHECK ("id" >= 0), "name" varchar(100) NOT NULL, "time_zone" varchar(64) NOT NULL, "disclosure" text NOT NULL, "disclosure_again_days" smallint unsigned NOT NULL CHECK ("disclosure_again_days" >= 0), CONSTRAINT "one_shop" CHECK ("id" = 1));
INSERT INTO "conversations_shop" VALUES(1,'Olena''s Flowers','Europe/Kyiv','An assistant answers.',14);
CREATE TABLE "conversations_tuning" ("name" varchar(60) NOT NULL PRIMARY KEY, "value" varchar(200) NOT NULL);
INSERT INTO "conversations_tuning" VALUES('pause_hours','100');
CREATE TABLE "conversations_worker" ("name" varchar(255) NOT NULL PRIMARY KEY, "seen_at" datetime NOT NULL);
INSERT INTO "conversations_worker" VALUES('host:1','2026-11-20 09:30:00');
CREATE TABLE "django_admin_log" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "object_id" text NULL, "object_repr" varchar(200) NOT NULL, "action_flag" smallint unsigned NOT NULL CHECK ("action_flag" >= 0), "change_message" text NOT NULL, "content_type_id" integer NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED, "action_time" datetime NOT NULL);
INSERT INTO "django_admin_log" VALUES(1,'1','Olena''s Flowers',2,'',16,1,'2026-11-20 09:30:00');
CREATE TABLE "django_content_type" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app_label" varchar(100) NOT NULL, "model" varchar(100) NOT NULL);
INSERT INTO "django_content_type" VALUES(1,'admin','logentry');
INSERT INTO "django_content_type" VALUES(2,'auth','permission');
INSERT INTO "django_content_type" VALUES(3,'auth','group');
INSERT INTO "django_content_type" VALUES(4,'auth','user');
INSERT INTO "django_content_type" VALUES(5,'contenttypes','contenttype');
INSERT INTO "django_content_type" VALUES(6,'sessions','session');
INSERT INTO "django_content_type" VALUES(7,'conversations','account');
INSERT INTO "django_content_type" VALUES(8,'conversations','tuning');
INSERT INTO "django_content_type" VALUES(9,'conversations','worker');
INSERT INTO "django_content_type" VALUES(10,'conversations','conversation');
INSERT INTO "django_content_type" VALUES(11,'conversations','message');
INSERT INTO "django_content_type" VALUES(12,'conversations','attempt');
INSERT INTO "django_content_type" VALUES(13,'conversations','automatictext');
INSERT INTO "django_content_type" VALUES(14,'conversations','latequestion');
INSERT INTO "django_content_type" VALUES(15,'conversations','outboxmessage');
INSERT INTO "django_content_type" VALUES(16,'conversations','shop');
INSERT INTO "django_content_type" VALUES(17,'conversations','openhours');
INSERT INTO "django_content_type" VALUES(18,'conversations','label');
INSERT INTO "django_content_type" VALUES(19,'rules','responserule');
INSERT INTO "django_content_type" VALUES(20,'rules','rulesversion');
INSERT INTO "django_content_type" VALUES(21,'rules','rulecard');
INSERT INTO "django_content_type" VALUES(22,'rules','rulechange');
INSERT INTO "django_content_type" VALUES(23,'rules','dismissedgroup');
INSERT INTO "django_content_type" VALUES(24,'webhooks','webhookevent');
INSERT INTO "django_content_type" VALUES(25,'api','usage');
INSERT INTO "django_content_type" VALUES(26,'api','token');
INSERT INTO "django_content_type" VALUES(27,'api','idempotencykey');
INSERT INTO "django_content_type" VALUES(28,'sandbox','customer');
INSERT INTO "django_content_type" VALUES(29,'sandbox','message');
INSERT INTO "django_content_type" VALUES(30,'sandbox','step');
INSERT INTO "django_content_type" VALUES(31,'sandbox','fault');
CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
INSERT INTO "django_migrations" VALUES(1,'contenttypes','0001_initial','2026-11-28 06:32:13.930173');
INSERT INTO "django_migrations" VALUES(2,'auth','0001_initial','2026-11-28 06:32:13.954773');
INSERT INTO "django_migrations" VALUES(3,'admin','0001_initial','2026-11-28 06:32:13.969374');
INSERT INTO "django_migrations" VALUES(4,'admin','0002_logentry_remove_auto_add','2026-11-28 06:32:13.992619');
INSERT INTO "django_migrations" VALUES(5,'admin','0003_logentry_add_action_flag_choices','2026-11-28 06:32:14.005350');
INSERT INTO "django_migrations" VALUES(6,'contenttypes','0002_remove_content_type_name','2026-11-28 06:32:14.043632');
INSERT INTO "django_migrations" VALUES(7,'auth','0002_alter_permission_name_max_length','2026-11-28 06:32:14.060775');
INSERT INTO "django_migrations" VALUES(8,'auth','0003_alter_user_email_max_length','2026-11-28 06:32:14.077080');
INSERT INTO "django_migrations" VALUES(9,'auth','0004_alter_user_username_opts','2026-11-28 06:32:14.091615');
INSERT INTO "django_migrations" VALUES(10,'auth','0005_alter_user_last_login_null','2026-11-28 06:32:14.111954');
INSERT INTO "django_migrations" VALUES(11,'auth','0006_require_contenttypes_0002','2026-11-28 06:32:14.116819');
INSERT INTO "django_migrations" VALUES(12,'auth','0007_alter_validators_add_error_messages','2026-11-28 06:32:14.128204');
INSERT INTO "django_migrations" VALUES(13,'auth','0008_alter_user_username_max_length','2026-11-28 06:32:14.144669');
INSERT INTO "django_migrations" VALUES(14,'auth','0009_alter_user_last_name_max_length','2026-11-28 06:32:14.172072');
INSERT INTO "django_migrations" VALUES(15,'auth','0010_alter_group_name_max_length','2026-11-28 06:32:14.188700');
INSERT INTO "django_migrations" VALUES(16,'auth','0011_update_proxy_permissions','2026-11-28 06:32:14.202171');
INSERT INTO "django_migrations" VALUES(17,'auth','0012_alter_user_first_name_max_length','2026-11-28 06:32:14.217843');
INSERT INTO "django_migrations" VALUES(18,'api','0001_initial','2026-11-28 06:32:14.284064');
INSERT INTO "django_migrations" VALUES(19,'conversations','0001_initial','2026-11-28 06:32:14.516789');
INSERT INTO "django_migrations" VALUES(20,'conversations','0002_every_event','2026-11-28 06:32:14.819670');
INSERT INTO "django_migrations" VALUES(21,'conversations','0003_settling','2026-11-28 06:32:15.186805');
INSERT INTO "django_migrations" VALUES(22,'conversations','0004_shop','2026-11-28 06:32:15.207508');
INSERT INTO "django_migrations" VALUES(23,'conversations','0005_bursts','2026-11-28 06:32:15.391522');
INSERT INTO "django_migrations" VALUES(24,'rules','0001_initial','2026-11-28 06:32:15.398693');
INSERT INTO "django_migrations" VALUES(25,'rules','0002_events','2026-11-28 06:32:15.498378');
INSERT INTO "django_migrations" VALUES(26,'rules','0003_rich_answers','2026-11-28 06:32:15.578127');
INSERT INTO "django_migrations" VALUES(27,'rules','0004_conditions','2026-11-28 06:32:15.919149');
INSERT INTO "django_migrations" VALUES(28,'rules','0005_change','2026-11-28 06:32:15.939534');
INSERT INTO "django_migrations" VALUES(29,'rules','0006_dismissed','2026-11-28 06:32:15.949879');
INSERT INTO "django_migrations" VALUES(30,'rules','0007_hours','2026-11-28 06:32:15.967833');
INSERT INTO "django_migrations" VALUES(31,'sandbox','0001_initial','2026-11-28 06:32:16.027583');
INSERT INTO "django_migrations" VALUES(32,'sandbox','0002_everything','2026-11-28 06:32:16.134626');
INSERT INTO "django_migrations" VALUES(33,'sandbox','0003_attachments','2026-11-28 06:32:16.176151');
INSERT INTO "django_migrations" VALUES(34,'sessions','0001_initial','2026-11-28 06:32:16.187522');
INSERT INTO "django_migrations" VALUES(35,'webhooks','0001_initial','2026-11-28 06:32:16.203555');
CREATE TABLE "django_session" ("session_key" varchar(40) NOT NULL PRIMARY KEY, "session_data" text NOT NULL, "expire_date" datetime NOT NULL);
CREATE TABLE "rules_dismissedgroup" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "phrase" varchar(500) NOT NULL, "whole" bool NOT NULL, "messages" integer unsigned NOT NULL CHECK ("messages" >= 0), "newest" bigint NOT NULL, "at" datetime NOT NULL, "by" varchar(255) NOT NULL, CONSTRAINT "one_dismissal" UNIQUE ("phrase", "whole"));
CREATE TABLE "rules_responserule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(100) NOT NULL UNIQUE, "active" bool NOT NULL, "order" integer unsigned NOT NULL CHECK ("order" >= 0), "match" varchar(10) NOT NULL, "keywords" text NOT NULL, "reply" text NOT NULL, "changed_at" datetime NOT NULL, "for_buttons" bool NOT NULL, "for_comments" bool NOT NULL, "for_messages" bool NOT NULL, "for_story_mentions" bool NOT NULL, "for_story_replies" bool NOT NULL, "public_reply" varchar(300) NOT NULL, "referral" varchar(255) NOT NULL, "buttons" text NOT NULL, "media_kind" varchar(10) NOT NULL, "media_url" varchar(2000) NOT NULL, "quick_replies" text NOT NULL, "first_day" date NULL, "hours" varchar(10) NOT NULL, "label" varchar(50) NOT NULL, "last_day" date NULL, "needs_person" bool NOT NULL, "never" text NOT NULL, "once_in_hours" smallint unsigned NOT NULL CHECK ("once_in_hours" >= 0), "only_new" bool NOT NULL, "other_replies" text NOT NULL, "pause_hours" smallint unsigned NOT NULL CHECK ("pause_hours" >= 0), "typos" smallint unsigned NOT NULL CHECK ("typos" >= 0));
INSERT INTO "rules_responserule" VALUES(1,'Talk to a person',1,10,'words','human
person
agent
operator
manager
real person
talk to someone
speak to someone
complaint','Of course. One of our team will read this conversation and write to you here. We are here Monday to Friday, 9:00 to 18:00.','2026-11-20 09:30:00',1,0,1,0,1,'','','','','','',NULL,'','',NULL,1,'',0,0,'',12,0);
INSERT INTO "rules_responserule" VALUES(2,'Order status',1,20,'words','where is my order
order status
my order
track
tracking
tracking number
parcel
package
not arrived
when will it arrive','Your parcel usually arrives 2 to 4 days after we confirm the order. Send us your order number (it begins with #) and we will look it up for you.','2026-11-20 09:30:00',1,0,1,0,1,'','','','','','',NULL,'','',NULL,0,'',0,0,'',0,0);
INSERT INTO "rules_responserule" VALUES(3,'Returns',1,30,'words','return
returns
refund
exchange
money back
send back
wrong size
damaged
broken','You can return or exchange anything within 30 days, unworn and with its label. Write us the order number and what you would like to do, and we will send you a return label.','2026-11-20 09:30:00',1,0,1,0,1,'','','','','','',NULL,'','',NULL,0,'',0,0,'',0,0);
INSERT INTO "rules_responserule" VALUES(4,'Delivery',1,40,'words','delivery
shipping
ship
ships
deliver
postage
courier
do you ship
how long does delivery take','We deliver in 2 to 4 working days. Delivery costs 4.90 and is free for orders over 60. We ship to the whole country and to the EU.','2026-11-20 09:30:00',1,0,1,0,1,'','','','','','',NULL,'','',NULL,0,'',0,0,'',0,0);
INSERT INTO "rules_responserule" VALUES(5,'Product and price',1,50,'words','price
prices
how much
cost
costs
available
in stock
size
sizes
colour
color
catalogue
catalog','Which product do you mean? Send us its name or a photo and we will tell you the price, the sizes and whether it is in stock.','2026-11-20 09:30:00',1,0,1,0,1,'','','','','','',NULL,'','',NULL,0,'',0,0,'',0,0);
INSERT INTO "rules_responserule" VALUES(6,'Opening hours',1,60,'words','opening hours
open
hours
when are you open
closed
today
weekend
sunday
saturday','We are open Monday to Friday from 9:00 to 18:00 and on Saturday from 10:00 to 16:00. On Sunday we rest.','2026-11-20 09:30:00',1,0,1,0,1,'','','','','','',NULL,'','',NULL,0,'',0,0,'',0,0);
INSERT INTO "rules_responserule" VALUES(7,'Contact',1,70,'words','contact
phone
telephone
call
email
e-mail
address
where are you
location
shop','You can write to us right here. If you would rather call: +1 555 0100, Monday to Friday, 9:00 to 18:00. The shop is at 1 Market Street.','2026-11-20 09:30:00',1,0,1,0,1,'','','','','','',NULL,'','',NULL,0,'',0,0,'',0,0);
INSERT INTO "rules_responserule" VALUES(8,'Greeting',1,200,'words','hi
hello
hey
good morning
good afternoon
good evening
hi there','Hello! How can we help? Ask about your order, delivery, returns or a product.','2026-11-20 09:30:00',1,0,1,0,1,'','','','','','Where is my order?
Delivery
Returns
Talk to a person',NULL,'','',NULL,0,'',0,0,'',0,0);
INSERT INTO "rules_responserule" VALUES(9,'Fallback',1,1000,'fallback','','Thank you for your message! We could not answer it by ourselves. Ask about your order, delivery, returns or opening hours, or write ''person'' and one of our team will answer.','2026-11-20 09:30:00',1,0,1,0,1,'','','','','','',NULL,'','',NULL,0,'',0,0,'',0,0);
CREATE TABLE "rules_rulecard" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "order" smallint unsigned NOT NULL CHECK ("order" >= 0), "title" varchar(80) NOT NULL, "subtitle" varchar(80) NOT NULL, "image_url" varchar(2000) NOT NULL, "url" varchar(2000) NOT NULL, "buttons" text NOT NULL, "rule_id" bigint NOT NULL REFERENCES "rules_responserule" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "rules_rulechange" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "rule" bigint NOT NULL, "name" varchar(100) NOT NULL, "at" datetime NOT NULL, "by" varchar(150) NOT NULL, "what" varchar(10) NOT NULL, "before" text NULL CHECK ((JSON_VALID("before") OR "before" IS NULL)), "after" text NULL CHECK ((JSON_VALID("after") OR "after" IS NULL)), CONSTRAINT "rules_change_says_something" CHECK (("before" IS NOT NULL OR "after" IS NOT NULL)));
INSERT INTO "rules_rulechange" VALUES(1,1,'Talk to a person','2026-11-20 09:30:00','seed_rules','created',NULL,'{"name": "Talk to a person", "active": true, "order": 10, "match": "words", "keywords": "human\nperson\nagent\noperator\nmanager\nreal person\ntalk to someone\nspeak to someone\ncomplaint", "never": "", "typos": 0, "for_messages": true, "for_story_replies": true, "for_story_mentions": false, "for_buttons": true, "for_comments": false, "referral": "", "hours": "", "first_day": null, "last_day": null, "only_new": false, "once_in_hours": 0, "reply": "Of course. One of our team will read this conversation and write to you here. We are here Monday to Friday, 9:00 to 18:00.", "other_replies": "", "quick_replies": "", "buttons": "", "media_kind": "", "media_url": "", "public_reply": "", "needs_person": true, "pause_hours": 12, "label": "", "cards": []}');
INSERT INTO "rules_rulechange" VALUES(2,2,'Order status','2026-11-20 09:30:00','seed_rules','created',NULL,'{"name": "Order status", "active": true, "order": 20, "match": "words", "keywords": "where is my order\norder status\nmy order\ntrack\ntracking\ntracking number\nparcel\npackage\nnot arrived\nwhen will it arrive", "never": "", "typos": 0, "for_messages": true, "for_story_replies": true, "for_story_mentions": false, "for_buttons": true, "for_comments": false, "referral": "", "hours": "", "first_day": null, "last_day": null, "only_new": false, "once_in_hours": 0, "reply": "Your parcel usually arrives 2 to 4 days after we confirm the order. Send us your order number (it begins with #) and we will look it up for you.", "other_replies": "", "quick_replies": "", "buttons": "", "media_kind": "", "media_url": "", "public_reply": "", "needs_person": false, "pause_hours": 0, "label": "", "cards": []}');
INSERT INTO "rules_rulechange" VALUES(3,3,'Returns','2026-11-20 09:30:00','seed_rules','created',NULL,'{"name": "Returns", "active": true, "order": 30, "match": "words", "keywords": "return\nreturns\nrefund\nexchange\nmoney back\nsend back\nwrong size\ndamaged\nbroken", "never": "", "typos": 0, "for_messages": true, "for_story_replies": true, "for_story_mentions": false, "for_buttons": true, "for_comments": false, "referral": "", "hours": "", "first_day": null, "last_day": null, "only_new": false, "once_in_hours": 0, "reply": "You can return or exchange anything within 30 days, unworn and with its label. Write us the order number and what you would like to do, and we will send you a return label.", "other_replies": "", "quick_replies": "", "buttons": "", "media_kind": "", "media_url": "", "public_reply": "", "needs_person": false, "pause_hours": 0, "label": "", "cards": []}');
INSERT INTO "rules_rulechange" VALUES(4,4,'Delivery','2026-11-20 09:30:00','seed_rules','created',NULL,'{"name": "Delivery", "active": true, "order": 40, "match": "words", "keywords": "delivery\nshipping\nship\nships\ndeliver\npostage\ncourier\ndo you ship\nhow long does delivery take", "never": "", "typos": 0, "for_messages": true, "for_story_replies": true, "for_story_mentions": false, "for_buttons": true, "for_comments": false, "referral": "", "hours": "", "first_day": null, "last_day": null, "only_new": false, "once_in_hours": 0, "reply": "We deliver in 2 to 4 working days. Delivery costs 4.90 and is free for orders over 60. We ship to the whole country and to the EU.", "other_replies": "", "quick_replies": "", "buttons": "", "media_kind": "", "media_url": "", "public_reply": "", "needs_person": false, "pause_hours": 0, "label": "", "cards": []}');
INSERT INTO "rules_rulechange" VALUES(5,5,'Product and price','2026-11-20 09:30:00','seed_rules','created',NULL,'{"name": "Product and price", "active": true, "order": 50, "match": "words", "keywords": "price\nprices\nhow much\ncost\ncosts\navailable\nin stock\nsize\nsizes\ncolour\ncolor\ncatalogue\ncatalog", "never": "", "typos": 0, "for_messages": true, "for_story_replies": true, "for_story_mentions": false, "for_buttons": true, "for_comments": false, "referral": "", "hours": "", "first_day": null, "last_day": null, "only_new": false, "once_in_hours": 0, "reply": "Which product do you mean? Send us its name or a photo and we will tell you the price, the sizes and whether it is in stock.", "other_replies": "", "quick_replies": "", "buttons": "", "media_kind": "", "media_url": "", "public_reply": "", "needs_person": false, "pause_hours": 0, "label": "", "cards": []}');
INSERT INTO "rules_rulechange" VALUES(6,6,'Opening hours','2026-11-20 09:30:00','seed_rules','created',NULL,'{"name": "Opening hours", "active": true, "order": 60, "match": "words", "keywords": "opening hours\nopen\nhours\nwhen are you open\nclosed\ntoday\nweekend\nsunday\nsaturday", "never": "", "typos": 0, "for_messages": true, "for_story_replies": true, "for_story_mentions": false, "for_buttons": true, "for_comments": false, "referral": "", "hours": "", "first_day": null, "last_day": null, "only_new": false, "once_in_hours": 0, "reply": "We are open Monday to Friday from 9:00 to 18:00 and on Saturday from 10:00 to 16:00. On Sunday we rest.", "other_replies": "", "quick_replies": "", "buttons": "", "media_kind": "", "media_url": "", "public_reply": "", "needs_person": false, "pause_hours": 0, "label": "", "cards": []}');
INSERT INTO "rules_rulechange" VALUES(7,7,'Contact','2026-11-20 09:30:00','seed_rules','created',NULL,'{"name": "Contact", "active": true, "order": 70, "match": "words", "keywords": "contact\nphone\ntelephone\ncall\nemail\ne-mail\naddress\nwhere are you\nlocation\nshop", "never": "", "typos": 0, "for_messages": true, "for_story_replies": true, "for_story_mentions": false, "for_buttons": true, "for_comments": false, "referral": "", "hours": "", "first_day": null, "last_day": null, "only_new": false, "once_in_hours": 0, "reply": "You can write to us right here. If you would rather call: +1 555 0100, Monday to Friday, 9:00 to 18:00. The shop is at 1 Market Street.", "other_replies": "", "quick_replies": "", "buttons": "", "media_kind": "", "media_url": "", "public_reply": "", "needs_person": false, "pause_hours": 0, "label": "", "cards": []}');
INSERT INTO "rules_rulechange" VALUES(8,8,'Greeting','2026-11-20 09:30:00','seed_rules','created',NULL,'{"name": "Greeting", "active": true, "order": 200, "match": "words", "keywords": "hi\nhello\nhey\ngood morning\ngood afternoon\ngood evening\nhi there", "never": "", "typos": 0, "for_messages": true, "for_story_replies": true, "for_story_mentions": false, "for_buttons": true, "for_comments": false, "referral": "", "hours": "", "first_day": null, "last_day": null, "only_new": false, "once_in_hours": 0, "reply": "Hello! How can we help? Ask about your order, delivery, returns or a product.", "other_replies": "", "quick_replies": "Where is my order?\nDelivery\nReturns\nTalk to a person", "buttons": "", "media_kind": "", "media_url": "", "public_reply": "", "needs_person": false, "pause_hours": 0, "label": "", "cards": []}');
INSERT INTO "rules_rulechange" VALUES(9,9,'Fallback','2026-11-20 09:30:00','seed_rules','created',NULL,'{"name": "Fallback", "active": true, "order": 1000, "match": "fallback", "keywords": "", "never": "", "typos": 0, "for_messages": true, "for_story_replies": true, "for_story_mentions": false, "for_buttons": true, "for_comments": false, "referral": "", "hours": "", "first_day": null, "last_day": null, "only_new": false, "once_in_hours": 0, "reply": "Thank you for your message! We could not answer it by ourselves. Ask about your order, delivery, returns or opening hours, or write ''person'' and one of our team will answer.", "other_replies": "", "quick_replies": "", "buttons": "", "media_kind": "", "media_url": "", "public_reply": "", "needs_person": false, "pause_hours": 0, "label": "", "cards": []}');
INSERT INTO "rules_rulechange" VALUES(10,1,'Delivery','2026-11-20 09:30:00','anna','changed','{"reply": "Two days."}','{"reply": "In two days."}');
CREATE TABLE "rules_rulesversion" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" bigint NOT NULL);
INSERT INTO "rules_rulesversion" VALUES(1,10);
CREATE TABLE "sandbox_customer" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "igsid" varchar(20) NOT NULL UNIQUE, "name" varchar(60) NOT NULL, "username" varchar(30) NOT NULL, "hue" smallint unsigned NOT NULL CHECK ("hue" >= 0), "elsewhere" bool NOT NULL);
CREATE TABLE "sandbox_fault" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(20) NOT NULL, "once" bool NOT NULL, "customer_id" bigint NULL REFERENCES "sandbox_customer" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "sandbox_message" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "mid" varchar(255) NOT NULL UNIQUE, "from_customer" bool NOT NULL, "kind" varchar(20) NOT NULL, "text" text NOT NULL, "payload" varchar(1000) NOT NULL, "quick_replies" text NOT NULL CHECK ((JSON_VALID("quick_replies") OR "quick_replies" IS NULL)), "at" datetime NOT NULL, "seen_at" datetime NULL, "customer_id" bigint NOT NULL REFERENCES "sandbox_customer" ("id") DEFERRABLE INITIALLY DEFERRED, "edits" smallint unsigned NOT NULL CHECK ("edits" >= 0), "reaction" varchar(20) NOT NULL, "unsent" bool NOT NULL, "attachment" text NOT NULL CHECK ((JSON_VALID("attachment") OR "attachment" IS NULL)), "reply_to_id" bigint NULL REFERENCES "sandbox_message" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "sandbox_step" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "at" datetime NOT NULL, "text" varchar(300) NOT NULL, "good" bool NOT NULL, "message_id" bigint NOT NULL REFERENCES "sandbox_message" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "webhooks_webhookevent" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "due_at" datetime NULL, "leased_until" datetime NULL, "tries" integer unsigned DEFAULT 0 NOT NULL CHECK ("tries" >= 0), "body" BLOB NOT NULL, "received_at" datetime NOT NULL, "processed_at" datetime NULL, "state" varchar(10) DEFAULT 'received' NOT NULL, "outcomes" text DEFAULT '[]' NOT NULL CHECK ((JSON_VALID("outcomes") OR "outcomes" IS NULL)), "reason" text DEFAULT '' NOT NULL, CONSTRAINT "webhookevent_leased_is_due" CHECK (("leased_until" IS NULL OR "due_at" IS NOT NULL)));
INSERT INTO "webhooks_webhookevent" VALUES(1,NULL,NULL,0,X'7B226F626A656374223A22696E7374616772616D222C22656E747279223A5B5D7D','2026-11-20 09:30:00','2026-11-20 09:30:00','processed','[]','');
CREATE UNIQUE INDEX "auth_group_permissions_group_id_permission_id_0cd325b0_uniq" ON "auth_group_permissions" ("group_id", "permission_id");
CREATE INDEX "auth_group_permissions_group_id_b120cbf9" ON "auth_group_permissions" ("group_id");
CREATE INDEX "auth_group_permissions_permission_id_84c5c92e" ON "auth_group_permissions" ("permission_id");
CREATE UNIQUE INDEX "auth_user_groups_user_id_group_id_94350c0c_uniq" ON "auth_user_groups" ("user_id", "group_id");
CREATE INDEX "auth_user_groups_user_id_6a12ed8b" ON "auth_user_groups" ("user_id");
CREATE INDEX "auth_user_groups_group_id_97559544" ON "auth_user_groups" ("group_id");
CREATE UNIQUE INDEX "auth_user_user_permissions_user_id_permission_id_14a6b632_uniq" ON "auth_user_user_permissions" ("user_id", "permission_id");
CREATE INDEX "auth_user_user_permissions_user_id_a95ead1b" ON "auth_user_user_permissions" ("user_id");
CREATE INDEX "auth_user_user_permissions_permission_id_1fbb5f2c" ON "auth_user_user_permissions" ("permission_id");
CREATE INDEX "django_admin_log_content_type_id_c4bce8eb" ON "django_admin_log" ("content_type_id");
CREATE INDEX "django_admin_log_user_id_c564eba6" ON "django_admin_log" ("user_id");
CREATE UNIQUE INDEX "django_content_type_app_label_model_76bd3d3b_uniq" ON "django_content_type" ("app_label", "model");
CREATE UNIQUE INDEX "auth_permission_content_type_id_codename_01ab375a_uniq" ON "auth_permission" ("content_type_id", "codename");
CREATE INDEX "auth_permission_content_type_id_2f476e4b" ON "auth_permission" ("content_type_id");
CREATE INDEX "api_token_token_key_442ad53c" ON "api_token" ("token_key");
CREATE INDEX "api_token_user_id_b646d2e7" ON "api_token" ("user_id");
CREATE INDEX "api_idempotencykey_created_at_bf12046a" ON "api_idempotencykey" ("created_at");
CREATE INDEX "conversations_attempt_message_id_a08f4edc" ON "conversations_attempt" ("message_id");
CREATE INDEX "conversation_due" ON "conversations_conversation" ("due_at") WHERE "due_at" IS NOT NULL;
CREATE INDEX "conversation_newest" ON "conversations_conversation" ((COALESCE("last_inbound_at", "created_at")) DESC);
CREATE INDEX "conversation_needs_person" ON "conversations_conversation" ("id") WHERE "needs_person";
CREATE INDEX "conversation_no_profile" ON "conversations_conversation" ("id") WHERE ("last_inbound_at" IS NOT NULL AND "profile_at" IS NULL);
CREATE INDEX "conversations_openhours_shop_id_e926d1de" ON "conversations_openhours" ("shop_id");
CREATE UNIQUE INDEX "one_answer" ON "conversations_message" ("in_reply_to_id", "position") WHERE "origin" = 'bot';
CREATE UNIQUE INDEX "one_click" ON "conversations_message" ("token") WHERE "token" IS NOT NULL;
CREATE INDEX "message_thread" ON "conversations_message" ("conversation_id", "at", "id");
CREATE INDEX "message_open" ON "conversations_message" ("conversation_id") WHERE ("verdict" = 'undecided' OR "state" IN ('queued', 'sending', 'unknown', 'undecided'));
CREATE INDEX "message_too_late" ON "conversations_message" ("at" DESC) WHERE "verdict" = 'too_old';
CREATE INDEX "message_unknown" ON "conversations_message" ("called_at") WHERE "state" = 'unknown';
CREATE INDEX "message_trouble" ON "conversations_message" ("at" DESC) WHERE "state" IN ('failed', 'unknown');
CREATE INDEX "message_unanswered" ON "conversations_message" ("at" DESC) WHERE "verdict" IN ('no_answer', 'fallback');
CREATE INDEX "message_rule" ON "conversations_message" ("rule", "at") WHERE "rule" IS NOT NULL;
CREATE UNIQUE INDEX "conversations_conversation_labels_conversation_id_label_id_66ca1ddf_uniq" ON "conversations_conversation_labels" ("conversation_id", "label_id");
CREATE INDEX "conversations_conversation_labels_conversation_id_187557dd" ON "conversations_conversation_labels" ("conversation_id");
CREATE INDEX "conversations_conversation_labels_label_id_2fc7add4" ON "conversations_conversation_labels" ("label_id");
CREATE INDEX "rules_rulecard_rule_id_c87649ca" ON "rules_rulecard" ("rule_id");
CREATE INDEX "rules_change_rule" ON "rules_rulechange" ("rule", "id" DESC);
CREATE INDEX "sandbox_step_message_id_e5543af5" ON "sandbox_step" ("message_id");
CREATE INDEX "sandbox_fault_customer_id_5012199d" ON "sandbox_fault" ("customer_id");
CREATE INDEX "sandbox_message_customer_id_57ccb2b1" ON "sandbox_message" ("customer_id");
CREATE INDEX "sandbox_message_reply_to_id_f03c63e0" ON "sandbox_message" ("reply_to_id");
CREATE INDEX "sandbox_thread" ON "sandbox_message" ("customer_id", "at", "id");
CREATE INDEX "django_session_expire_date_a5c62663" ON "django_session" ("expire_date");
CREATE INDEX "webhookevent_due" ON "webhooks_webhookevent" ("due_at") WHERE "due_at" IS NOT NULL;
CREATE INDEX "webhookevent_state" ON "webhooks_webhookevent" ("state", "id" DESC);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('django_migrations',35);
INSERT INTO "sqlite_sequence" VALUES('django_admin_log',1);
INSERT INTO "sqlite_sequence" VALUES('django_content_type',31);
INSERT INTO "sqlite_sequence" VALUES('auth_permission',116);
INSERT INTO "sqlite_sequence" VALUES('auth_group',0);
INSERT INTO "sqlite_sequence" VALUES('auth_user',1);
INSERT INTO "sqlite_sequence" VALUES('conversations_conversation',1);
INSERT INTO "sqlite_sequence" VALUES('conversations_account',1);
INSERT INTO "sqlite_sequence" VALUES('conversations_message',3);
INSERT INTO "sqlite_sequence" VALUES('rules_responserule',9);
INSERT INTO "sqlite_sequence" VALUES('sandbox_customer',0);
INSERT INTO "sqlite_sequence" VALUES('sandbox_message',0);
INSERT INTO "sqlite_sequence" VALUES('rules_rulesversion',1);
INSERT INTO "sqlite_sequence" VALUES('rules_rulechange',10);
INSERT INTO "sqlite_sequence" VALUES('conversations_openhours',8);
INSERT INTO "sqlite_sequence" VALUES('auth_user_user_permissions',6);
INSERT INTO "sqlite_sequence" VALUES('conversations_label',1);
INSERT INTO "sqlite_sequence" VALUES('conversations_conversation_labels',1);
INSERT INTO "sqlite_sequence" VALUES('conversations_attempt',1);
INSERT INTO "sqlite_sequence" VALUES('conversations_automatictext',1);
INSERT INTO "sqlite_sequence" VALUES('webhooks_webhookevent',1);
COMMIT;
